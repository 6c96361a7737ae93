"""Copies of SQLite databases: made beside their place, and put there when they are whole."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from parley.db.locks import give_to_owner_of_folder
from parley.errors import Unavailable

Watch = Callable[[int, int], object]
"""Told how much is done, and of how much, while something long goes on."""


def half_of(watch: Watch | None, *, first: bool) -> Watch | None:
    """The watch of one of two works that follow each other and take about as long."""
    if watch is None:
        return None
    return lambda done, total: watch(done if first else total + done, 2 * total)


PAGES = 2000
"""Copied between two words to the watch: 8 MB."""


def copy_to_file(source: sqlite3.Connection, target: Path, watch: Watch | None = None) -> None:
    """Replaces what stands there, beside the database."""
    with partial_file(target) as partial:
        with closing(sqlite3.connect(partial)) as copy:
            copy_pages(source, copy, watch)
        give_to_owner_of_folder(partial, target)


def copy_pages(
    source: sqlite3.Connection, target: sqlite3.Connection, watch: Watch | None = None
) -> None:
    """One transaction of the target. Starts anew when others write, unless a read is open."""

    def tell(_: int, remaining: int, total: int) -> None:
        if watch is not None:
            watch(total - remaining, total)

    source.backup(target, pages=PAGES, progress=tell)


@contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """An empty private file beside the target, which takes its place when the block has ended.

    A block that raises leaves the target as it was, and nothing beside it. Raises Unavailable where
    another process makes the same file.
    """
    partial = target.with_name(target.name + ".partial")
    with scratch_file(partial) as held:
        yield partial
        put_in_place(partial, held, target)


def put_in_place(file: Path, held: int, target: Path) -> None:
    """The file takes the target's name, and keeps it when the power goes."""
    os.fsync(held)
    file.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def scratch_file(path: Path) -> Iterator[int]:
    """An empty private file, and the lock on it; gone at the end unless it was renamed.

    Raises Unavailable where another process has it, or where it cannot be made.
    """
    try:
        held = _made_anew(path)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    try:
        yield held
    finally:
        if _is(path, held):
            path.unlink()
            remove_beside(path)
        os.close(held)


def _made_anew(path: Path) -> int:
    """A descriptor of the empty file, locked while it is open."""
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is(path, held):
                # Who had it has renamed it since.
                os.close(held)
                continue
            os.fchmod(held, 0o600)
            os.ftruncate(held, 0)
            remove_beside(path)
        except BaseException as error:
            os.close(held)
            if isinstance(error, BlockingIOError):
                raise Unavailable(f"another process is writing {path}") from None
            raise
        return held


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def remove_beside(path: Path) -> None:
    """What SQLite left of a database that was there before: it would be read as this one's."""
    for ending in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
