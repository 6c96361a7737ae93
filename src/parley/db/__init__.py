"""Storage: `open_database(url)` gives a migrated, running Database.

`open_database(url, serving=False)` is for commands that read or change a few rows, beside a server
or without one: it takes no lock and migrates nothing.
"""

import logging
import sqlite3
import stat
from pathlib import Path

from parley.db.copying import Watch
from parley.db.location import engine_of, sqlite_path
from parley.db.migrate import (
    migrate_postgres,
    migrate_sqlite,
    refuse_pending,
    version_postgres,
    version_sqlite,
)
from parley.db.postgres import Postgres, connect_once, machine_trouble
from parley.db.sqlite import Sqlite, translate
from parley.db.tx import Database, Reader, Tx
from parley.errors import Unavailable

log = logging.getLogger("parley")

__all__ = ["Database", "Reader", "Tx", "open_database"]


async def open_database(url: str, *, serving: bool = True, watch: Watch | None = None) -> Database:
    """`sqlite:///absolute/path` or `postgresql://…`.

    Not `serving`: works beside the process that serves it, whose next request sees what was changed
    (acts on settings or permissions raise the policy's version). Such a database must exist and be
    at this code's version. `watch` is told of the copy made before a SQLite file is migrated.

    Raises Unavailable when it is served by another process, newer than this code or out of reach,
    not `serving` also when it is missing or older; ValueError for another kind of URL.
    """
    if engine_of(url) == "sqlite":
        return _open_sqlite(sqlite_path(url), serving, watch)
    return await _open_postgres(url, serving)


async def _open_postgres(url: str, serving: bool) -> Database:
    connection = await connect_once(url)
    applied = []
    with machine_trouble():
        try:
            if serving:
                applied = await migrate_postgres(connection)
            else:
                refuse_pending("postgres", await version_postgres(connection))
        finally:
            await connection.close()
    database = await (Postgres(url) if serving else Postgres(url, connections=2)).start()
    database.applied = tuple(applied)
    return database


def _open_sqlite(path: Path, serving: bool, watch: Watch | None) -> Database:
    try:
        if serving:
            _prepare_folder(path.parent)
        elif not path.exists():
            refuse_pending("sqlite", 0)
        database = Sqlite(path, serving=serving)
        try:
            if serving:
                database.applied = tuple(migrate_sqlite(database.writing, path, watch))
            else:
                refuse_pending("sqlite", version_sqlite(database.writing))
            return database.start()
        except BaseException:
            database.abandon()
            raise
    except sqlite3.Error as error:
        raise translate(error) from error
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _prepare_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    elif stat.S_IMODE(folder.stat().st_mode) & 0o077:
        # Not ours to close: it may hold other things. Our own files are closed in any case.
        log.warning("others can look into %s: chmod 700 closes it", folder)
