"""One state of a database, held while others go on writing: for who copies or examines it.

Nothing is locked, migrated or changed.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from parley.db.location import Engine, engine_of, sqlite_path
from parley.db.locks import shared
from parley.db.migrate import version_postgres, version_sqlite
from parley.db.postgres import PostgresTx, connect_once, machine_trouble
from parley.db.sqlite import SqliteTx
from parley.db.tx import Reader
from parley.errors import Unavailable


@dataclass
class Snapshot:
    engine: Engine
    q: Reader
    connection: Any
    """The driver's own, for what only it can do."""
    version: int
    """Number of the newest migration; 0 where no parley has made its tables."""


@dataclass
class _Count:
    statements: int = 0


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """Raises Unavailable, also for a SQLite file that is not there; ValueError for the URL."""
    if engine_of(url) == "sqlite":
        with _sqlite(sqlite_path(url)) as connection:
            yield Snapshot(
                "sqlite", SqliteTx(connection, _Count()), connection, version_sqlite(connection)
            )
    else:
        connection = await connect_once(url)
        try:
            with machine_trouble():
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    version = await version_postgres(connection)
                    q = PostgresTx(connection, _Count())
                    yield Snapshot("postgres", q, connection, version)
        except asyncpg.PostgresError as error:  # a privilege that lacks, a table not of ours, …
            raise Unavailable(str(error)) from error
        finally:
            await connection.close()


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise Unavailable(f"{path} does not exist")
    with shared(path), sqlite_trouble():
        # Not mode=ro: the last to leave would leave -wal and -shm behind.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("BEGIN")
            # The state is held from the first read on.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield connection


@contextmanager
def sqlite_trouble() -> Iterator[None]:
    """Whatever SQLite refuses is Unavailable: the file may be anybody's, or damaged."""
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(str(error)) from error
