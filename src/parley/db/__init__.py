"""Storage: `open_database(url)` gives a migrated, running Database."""

import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from parley.db.migrate import migrate_postgres, migrate_sqlite
from parley.db.postgres import Postgres, machine_trouble
from parley.db.sqlite import Sqlite, translate
from parley.db.tx import Database, Reader, Tx
from parley.errors import Unavailable

__all__ = ["Database", "Reader", "Tx", "open_database"]


async def open_database(url: str) -> Database:
    """`sqlite:///absolute/path` or `postgresql://…`.

    Raises Unavailable when it is served by another process, newer than this code or out of reach,
    ValueError for another kind of URL.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _open_sqlite(_sqlite_path(url))
    if scheme in ("postgresql", "postgres"):
        return await _open_postgres(url)
    raise ValueError("the database is sqlite:///path or postgresql://…")


async def _open_postgres(url: str) -> Database:
    with machine_trouble():
        try:
            connection = await asyncpg.connect(url, timeout=10)
        except asyncpg.PostgresError as error:  # no such database, wrong password, …
            raise Unavailable(str(error)) from error
        try:
            applied = await migrate_postgres(connection)
        finally:
            await connection.close()
    database = await Postgres(url).start()
    database.applied = tuple(applied)
    return database


def _open_sqlite(path: Path) -> Database:
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = Sqlite(path)
        try:
            database.applied = tuple(migrate_sqlite(database.writing, path))
            return database.start()
        except BaseException:
            database.abandon()
            raise
    except sqlite3.Error as error:
        raise translate(error) from error
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _sqlite_path(url: str) -> Path:
    path = unquote(urlsplit(url).path)
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("a SQLite database is sqlite:///path")
    return Path("/" + path.lstrip("/"))
