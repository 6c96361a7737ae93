"""Keeping what must be read again, such as a mailbox's password, unreadable in the database.

The key stands outside of it: in the process option `secret_key`, or else in a file that is made in
the data directory at first use. Where several processes serve one database, all need the same.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from pathlib import Path

FILE = "secret.key"
SHORTEST = 32
"""Characters: such as `openssl rand -base64 32` gives."""

_source: tuple[str, Path] = ("", Path())


class NoKey(Exception):
    """There is no key that could be used; the text says why."""


class Unopened(Exception):
    """It was sealed with another key, or is damaged."""


def use(secret: str, data: Path) -> None:
    """For the whole process; looked at when something is sealed or opened."""
    global _source
    _source = (secret, data)


def seal(text: str) -> str:
    """Raises NoKey."""
    from cryptography.fernet import Fernet  # here: it takes long, and few requests need it

    return Fernet(_key("sealing", make=True)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises NoKey or Unopened."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_key("sealing", make=False)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unopened("it was encrypted with another key") from None


def signature(text: str) -> str:
    """43 characters that nobody else can write under this text. Raises NoKey."""
    signed = hmac.digest(_key("signatures", make=True), text.encode(), "sha256")
    return urlsafe_b64encode(signed).decode().rstrip("=")


def exposed() -> bool:
    """Whether others than its owner can read the file."""
    secret, data = _source
    try:
        return not secret and bool((data / FILE).stat().st_mode & 0o077)
    except OSError:
        return False


def _key(purpose: str, *, make: bool) -> bytes:
    secret, data = _source
    if not secret:
        secret = _of_file(data / FILE, make=make)
    if len(secret) < SHORTEST:
        raise NoKey(f"the secret key has less than {SHORTEST} characters")
    return urlsafe_b64encode(hashlib.sha256(f"{purpose}:{secret}".encode()).digest())


def _of_file(path: Path, *, make: bool) -> str:
    try:
        if make and not path.exists():
            _write(path)
        return path.read_text(encoding="ascii").strip()
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise NoKey(f"{path} cannot be read: {type(error).__name__}") from error


def _write(path: Path) -> None:
    """Whole or not at all, whoever else does the same at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(urlsafe_b64encode(os.urandom(32)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, not a rename: of two who make the key at once, the second takes the first's.
        os.link(new, path)
    finally:
        new.unlink()
