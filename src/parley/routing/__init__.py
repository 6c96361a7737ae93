"""Routing decides who is given a chat."""
