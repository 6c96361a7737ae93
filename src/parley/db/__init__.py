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
        database = await Postgres(url).start()
        with machine_trouble():
            connection = await asyncpg.connect(url, timeout=10)
            try:
                database.applied = tuple(await migrate_postgres(connection))
            finally:
                await connection.close()
        return database
    raise ValueError("the database is sqlite:///path or postgresql://…")


def _open_sqlite(path: Path) -> Database:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, mode=0o700)
    try:
        database = Sqlite(path)
        database.applied = tuple(migrate_sqlite(database.writing, path))
        return database.start()
    except sqlite3.Error as error:
        raise translate(error) from error
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _sqlite_path(url: str) -> Path:
    path = unquote(urlsplit(url).path)
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("a SQLite database is sqlite:///path")
    return Path("/" + path.lstrip("/"))
