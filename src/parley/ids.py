"""Identifiers and credentials (contract/core.md §7). Every id is opaque to its readers."""

import secrets

_ID = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def random_id() -> str:
    """17 characters without look-alikes: rooms, users, a visitor's messages."""
    return _draw(_ID, 17)


def object_id() -> str:
    """24 hex characters: everything else."""
    return secrets.token_hex(12)


def handle() -> str:
    """22 characters that stand for a visitor wherever the wire shape has `token`."""
    return _draw(_BASE62, 22)


def auth_token() -> str:
    """43 characters, a person's login token."""
    return secrets.token_urlsafe(32)


def _draw(alphabet: str, length: int) -> str:
    base = len(alphabet)
    number = secrets.randbelow(base**length)
    letters = []
    for _ in range(length):
        number, digit = divmod(number, base)
        letters.append(alphabet[digit])
    return "".join(letters)
