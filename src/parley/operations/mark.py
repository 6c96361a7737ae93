"""What makes a SQLite file a backup: a row that says when, by what and from what it was made."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from parley.db.copying import Watch
from parley.db.location import Engine
from parley.db.migrate import known, version_sqlite
from parley.db.snapshot import sqlite_trouble
from parley.errors import Unavailable

_NAME = "backup"
_OF_ONE_DATABASE = "feed"
"""The row by which positions in the events are known as this database's: not of one put back."""


class Mark(msgspec.Struct, frozen=True):
    at: str
    """The moment whose state it holds."""
    parley: str
    engine: Engine
    migration: int


def put_mark(connection: sqlite3.Connection, mark: Mark) -> None:
    text = msgspec.json.encode(mark).decode()
    connection.execute("INSERT OR REPLACE INTO meta (id, value) VALUES (?, ?)", (_NAME, text))


def remove_mark(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM meta WHERE id IN (?, ?)", (_NAME, _OF_ONE_DATABASE))


def is_mark(table: str, row: tuple[object, ...]) -> bool:
    return table == "meta" and row[0] in (_NAME, _OF_ONE_DATABASE)


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A backup, read and never changed. Raises Unavailable."""
    if not file.is_file():
        raise Unavailable(f"{file} is not there")
    with sqlite_trouble():
        # Immutable: a backup may lie where nothing can be written, not even beside it.
        uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            yield connection


def check(file: Path, watch: Watch | None = None) -> Mark:
    """Raises Unavailable unless it is a whole backup that this version can restore."""
    with opened(file) as connection:
        mark = _mark(connection)
        if mark is None:
            raise Unavailable(f"{file} was not made by `parley backup`")
        newest = known("sqlite")[-1].number
        if mark.migration > newest:
            raise Unavailable(
                f"{file} is at version {mark.migration}, this parley knows {newest} at most:"
                f" restore it with parley {mark.parley} or newer"
            )
        if version_sqlite(connection) != mark.migration:
            raise Unavailable(f"{file} does not hold what its mark says")
        # Ctrl-C is seen between two calls of Python's, and this one takes as long as it takes.
        connection.set_progress_handler(lambda: 0, 100_000)
        trouble = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        if trouble != ["ok"]:
            raise Unavailable(f"{file} is damaged: {trouble[0]}")
    if watch is not None:
        watch(1, 1)
    return mark


def _mark(connection: sqlite3.Connection) -> Mark | None:
    try:
        row = connection.execute("SELECT value FROM meta WHERE id = ?", (_NAME,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Mark)
    except (sqlite3.OperationalError, msgspec.DecodeError):  # no such table, or no such text
        return None
