"""Passwords: argon2id over the hex sha-256 of the password.

Clients may send that digest instead of the password (contract/core.md §1.7), so it is what is
hashed. Imported people bring bcrypt over the same digest; it is replaced when they log in.
Hashing takes tens of milliseconds of a core: it runs in a thread, two at once and so many waiting.
"""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from parley.errors import Busy

T = TypeVar("T")

# OWASP's second profile: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_threads = ThreadPoolExecutor(2, thread_name_prefix="password")

MOST_WAITING = 64
"""Some seconds of work; whoever comes then is told to come back."""
_waiting = 0

_BCRYPT = ("$2a$", "$2b$", "$2y$")


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


async def hash_password(password: str) -> str:
    """Raises Busy."""
    return await hash_digest(digest(password))


async def hash_digest(sha256_hex: str) -> str:
    """Raises Busy."""
    return await _in_thread(_hasher.hash, sha256_hex)


async def matches(stored: str | None, sha256_hex: str) -> bool:
    """Without a stored hash the same work is done, so that time tells nothing about accounts.

    Raises Busy.
    """
    return await _in_thread(_verify, stored, sha256_hex.lower())


def outdated(stored: str | None) -> bool:
    """Whether a right password should be hashed anew: bcrypt, or argon2 of other costs."""
    return stored is not None and (stored.startswith(_BCRYPT) or _hasher.check_needs_rehash(stored))


def is_hash(text: str) -> bool:
    """Whether it is a hash that `matches` can verify."""
    try:
        if text.startswith(_BCRYPT):
            bcrypt.checkpw(b"", text.encode())
        else:
            _hasher.check_needs_rehash(text)
    except (ValueError, InvalidHashError):
        return False
    return True


async def _in_thread(work: Callable[..., T], *args: str | None) -> T:
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Busy
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work, *args)
    finally:
        _waiting -= 1


def _verify(stored: str | None, sha256_hex: str) -> bool:
    try:
        if stored is not None and stored.startswith(_BCRYPT):
            return bcrypt.checkpw(sha256_hex.encode(), stored.encode())
        _hasher.verify(stored or _nobody(), sha256_hex)
    except (Argon2Error, InvalidHashError, ValueError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody")
