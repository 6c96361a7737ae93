"""`parley backup`: one SQLite file of one moment, from either engine, while the server runs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from parley import __version__
from parley.clock import now
from parley.db.copying import Watch, copy_pages, half_of, partial_file
from parley.db.migrate import pending
from parley.db.snapshot import Snapshot, snapshot, sqlite_trouble
from parley.errors import Unavailable
from parley.operations.mark import Mark, check, put_mark
from parley.operations.tables import columns, make_tables, tables

ROWS = 200
"""In memory at once; a row is some KB, and a MB at most."""
BIG_ROWS = 8
"""The same of rows that hold pieces of files."""


async def backup(url: str, file: Path, *, force: bool, watch: Watch | None = None) -> Mark:
    """Makes FILE whole or not at all. Raises Unavailable; `force` replaces a file that is there."""
    _check_free(file, force)
    with partial_file(file) as partial:
        async with snapshot(url) as source:
            mark = Mark(now(), __version__, source.engine, source.version)
            if not source.version:
                raise Unavailable("there is nothing to back up: the database is empty")
            pending(source.engine, source.version)
            with sqlite_trouble(), closing(_connect(partial)) as target:
                copying = half_of(watch, first=True)
                if source.engine == "sqlite":
                    copy_pages(source.connection, target, copying)
                else:
                    await _copy_rows(source, target, copying)
        with sqlite_trouble(), closing(_connect(partial)) as target:
            put_mark(target, mark)
            # A file by itself: the copy of a database in use expects a log beside it.
            target.execute("PRAGMA journal_mode = DELETE")
        check(partial, half_of(watch, first=False))
    return mark


def _check_free(file: Path, force: bool) -> None:
    if file.exists() and not (force and file.is_file()):
        raise Unavailable(f"{file} exists already: --force replaces it")


def _connect(partial: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(partial, isolation_level=None)
    # The file is written to the disk as a whole before it gets its name.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


async def _copy_rows(source: Snapshot, target: sqlite3.Connection, watch: Watch | None) -> None:
    target.execute("PRAGMA journal_mode = OFF")
    target.execute("BEGIN")
    make_tables(target, source.version)
    names = tables(target)
    counts = [await source.q.value(f"SELECT count(*) FROM {table}") for table in names]
    done, total = 0, sum(counts)
    for table in names:
        there = columns(target, table)
        keys = [column.name for column in there]
        most = BIG_ROWS if any(column.binary for column in there) else ROWS
        marks = ", ".join("?" * len(keys))
        insert = f"INSERT INTO {table} ({', '.join(keys)}) VALUES ({marks})"
        rows = await source.connection.cursor(f"SELECT {', '.join(keys)} FROM {table}")
        while batch := await rows.fetch(most):
            target.executemany(insert, [tuple(row) for row in batch])
            done += len(batch)
            if watch is not None:
                watch(done, total)
    target.execute("COMMIT")
