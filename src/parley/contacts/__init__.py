"""Contacts: one for each visitor from the start; merging them comes later."""
