"""Numbered events: rows of an outbox, written in the transaction that caused them."""

from parley.events.outbox import emit, forget, prune

__all__ = ["emit", "forget", "prune"]
