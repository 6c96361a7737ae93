"""Numbered events: rows of an outbox, written in the transaction that caused them."""

from parley.events.outbox import emit, forget, prune
from parley.events.tail import Event

__all__ = ["Event", "emit", "forget", "prune"]
