"""Who may have a SQLite file open: locks on a file beside it, let go however their process ends.

The server has the whole lock, one process at a time. A command that works beside it shares the
lock's first byte. `restore` needs both for itself: somebody who still had the old database open
would look for its log under a name that is the new one's by then.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parley.errors import Unavailable


@contextmanager
def only_one(path: Path) -> Iterator[int]:
    """Raises Unavailable where another process has it."""
    with _opened(path, os.O_RDWR | os.O_CREAT) as lock:
        give_to_owner_of_folder(lock, path)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"{path} is already served by another parley process") from None
        yield lock


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Neither a server nor a command has it open. Raises Unavailable."""
    with only_one(path) as lock:
        if not _first_byte(lock, fcntl.F_WRLCK):
            raise Unavailable(f"another parley command has {path} open")
        yield


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Raises Unavailable while the database is being restored."""
    if not _lock(path).exists():
        # Never served from here, and nothing is made for a look.
        yield
        return
    with _opened(path, os.O_RDONLY) as lock:
        if not _first_byte(lock, fcntl.F_RDLCK):
            raise Unavailable(f"{path} is being restored")
        yield


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    lock = os.open(_lock(path), flags, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _lock(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _first_byte(lock: int, kind: int) -> bool:
    """Whether it is ours now. The lock is the descriptor's: another of this process is another."""
    # l_type, l_whence, l_start, l_len, l_pid
    wanted = struct.pack("hhqqi", kind, os.SEEK_SET, 0, 1, 0)
    try:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, wanted)
    except BlockingIOError:
        return False
    return True


def give_to_owner_of_folder(file: int | Path, path: Path) -> None:
    """What root makes among the files of the user who serves must be that user's."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
