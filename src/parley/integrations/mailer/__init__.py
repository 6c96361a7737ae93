"""Mails of the office to its people: an announcement, one mail for each, and how to get no more."""
