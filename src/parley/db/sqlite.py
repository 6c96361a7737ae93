"""SQLite, embedded: WAL, `synchronous=FULL`, one file, one process that serves it."""

import asyncio
import contextlib
import fcntl
import os
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from parley.db.tx import Act, Database, P, Read, Row, drive
from parley.db.writer import Writer
from parley.errors import Unavailable

T = TypeVar("T")

# FULL, READONLY, IOERR, BUSY, LOCKED, NOMEM, INTERRUPT, CORRUPT, CANTOPEN, PROTOCOL, NOTADB:
# the machine's trouble. Anything else is a mistake of ours and stays an exception.
_MACHINE = {13, 8, 10, 5, 6, 7, 9, 11, 14, 15, 26}


def translate(error: sqlite3.Error) -> Exception:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _MACHINE:
        return Unavailable(str(error))
    return error


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    # SQLite takes `$1` for a name and numbers names by appearance, silently swapping arguments.
    return re.sub(r"\$(\d+)", r"?\1", sql)


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    mode = "ro" if readonly else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    # SQLite's own lower() knows ASCII only; PostgreSQL's knows every letter.
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA cache_size = -32768")
    if not readonly:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


class SqliteTx:
    """Both reader and transaction. Its methods never suspend, so a thread can drive them."""

    def __init__(self, connection: sqlite3.Connection, owner: "Sqlite") -> None:
        self._run = connection.execute
        self._owner = owner
        self.events: list[Any] = []
        self.at_end: list[Any] = []

    async def rows(self, sql: str, *args: Any) -> list[Row]:
        self._owner.statements += 1
        return self._run(numbered(sql), args).fetchall()

    async def row(self, sql: str, *args: Any) -> Row | None:
        self._owner.statements += 1
        cursor = self._run(numbered(sql), args)
        row = cursor.fetchone()
        # A statement that is not read to its end keeps the connection's read snapshot open.
        cursor.close()
        return row

    async def value(self, sql: str, *args: Any) -> Any:
        row = await self.row(sql, *args)
        return row[0] if row is not None else None

    async def lock(self, table: str, key: str) -> None:
        return None


class Sqlite(Database):
    """Acts go to the writer thread; short reads run inline; long ones in two reader threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _only_one(path)
        self.writing = connect(path)
        path.chmod(0o600)
        self._threads = threading.local()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="sqlite-reader")

    def start(self) -> "Sqlite":
        self._inline = SqliteTx(connect(self.path, readonly=True), self)
        self._writer = Writer(self.writing, lambda: SqliteTx(self.writing, self), translate)
        self._writer.start()
        return self

    async def read(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await fn(self._inline, *args, **kwargs)
        except sqlite3.Error as error:
            raise translate(error) from error

    async def scan(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            if not hasattr(self._threads, "reader"):
                self._threads.reader = SqliteTx(connect(self.path, readonly=True), self)
            return drive(fn(self._threads.reader, *args, **kwargs))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        except sqlite3.Error as error:
            raise translate(error) from error

    async def act(self, fn: Act[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return cast(T, await self._writer.submit(lambda tx: fn(tx, *args, **kwargs)))

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.stop)
        self._pool.shutdown()
        with contextlib.suppress(sqlite3.Error):
            self.writing.execute("PRAGMA optimize")
        self.writing.close()
        os.close(self._lock)


def _only_one(path: Path) -> int:
    """A lock beside the file, let go when the process ends however it ends."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise Unavailable(f"{path} is already served by another parley process") from None
    return lock
