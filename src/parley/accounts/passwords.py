"""Passwords: argon2id over the hex sha-256 of the password.

Clients may send that digest instead of the password (contract/core.md §1.7), so it is what is
hashed. Hashing takes tens of milliseconds of a core: it runs in a thread, at most two at once.
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# OWASP's second profile: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_threads = ThreadPoolExecutor(2, thread_name_prefix="password")


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(
        _threads, _hasher.hash, digest(password)
    )


async def matches(stored: str | None, sha256_hex: str) -> bool:
    """Without a stored hash the same work is done, so that time tells nothing about accounts."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads, _verify, stored, sha256_hex.lower()
    )


def _verify(stored: str | None, sha256_hex: str) -> bool:
    try:
        _hasher.verify(stored or _nobody(), sha256_hex)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody")
