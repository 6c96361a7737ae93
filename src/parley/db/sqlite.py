"""SQLite, embedded: WAL, `synchronous=FULL`, one file, one process that serves it."""

import asyncio
import contextlib
import os
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from parley.db.location import Engine
from parley.db.locks import give_to_owner_of_folder, only_one, shared
from parley.db.tx import Act, Counted, Database, P, Read, Row, drive
from parley.db.writer import Writer
from parley.errors import Unavailable

T = TypeVar("T")

READERS = 2
"""Threads of long reads."""

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


def connect(path: Path, *, readonly: bool = False, one_thread: bool = False) -> sqlite3.Connection:
    mode = "ro" if readonly else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=one_thread,
        cached_statements=512,
    )
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA cache_size = -32768")
    if not readonly:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


class SqliteTx:
    """Both reader and transaction. Its methods never suspend, so a thread can drive them."""

    engine: Engine = "sqlite"

    def __init__(self, connection: sqlite3.Connection, owner: Counted) -> None:
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

    def joined(self, docs: str) -> str:
        # A row each costs twice as much: at every row the driver lets the GIL go and takes it.
        # As a BLOB the text is neither copied nor decoded, only to be encoded again.
        return f"CAST(group_concat({docs}, ',') AS BLOB)"

    async def lock(self, table: str, key: str) -> None:
        return None


class Sqlite(Database):
    """Acts go to the writer thread; short reads run inline; long ones in two reader threads."""

    def __init__(self, path: Path, *, serving: bool = True) -> None:
        """`serving` makes the file if it is missing, and holds its lock."""
        super().__init__()
        self.path = path
        with contextlib.ExitStack() as undo:
            if serving:
                undo.enter_context(only_one(path))
                # Private before the first byte: SQLite gives -wal and -shm the mode of the file.
                made = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                give_to_owner_of_folder(made, path)
                os.close(made)
                path.chmod(0o600)
            else:
                undo.enter_context(shared(path))
            self.writing = connect(path)
            undo.callback(self.writing.close)
            self._opened = undo.pop_all()
        self._threads = threading.local()
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._scans = 0

    def start(self) -> "Sqlite":
        # An act that reads beside its transaction would use this one in the writer's thread,
        # while the event loop does; so only the thread that opened it may.
        self._inline = self._reader(one_thread=True)
        self._writer = Writer(
            self.writing, lambda: SqliteTx(self.writing, self), translate, self.writes, self.told
        )
        self._writer.start()
        return self

    def _reader(self, *, one_thread: bool = False) -> SqliteTx:
        connection = connect(self.path, readonly=True, one_thread=one_thread)
        self._opened.callback(connection.close)
        if not one_thread:
            # A long read passes through its pages once; each of these threads would keep them.
            connection.execute("PRAGMA cache_size = -4096")
        return SqliteTx(connection, self)

    async def read(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await fn(self._inline, *args, **kwargs)
        except sqlite3.Error as error:
            raise translate(error) from error

    async def scan(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            if not hasattr(self._threads, "reader"):
                self._threads.reader = self._reader()
            return drive(fn(self._threads.reader, *args, **kwargs))

        self._scans += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        except sqlite3.Error as error:
            raise translate(error) from error
        finally:
            self._scans -= 1

    def readers(self) -> tuple[int, int]:
        return self._scans, READERS

    async def act(self, fn: Act[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return cast(T, await self._writer.submit(lambda tx: fn(tx, *args, **kwargs)))

    async def close(self) -> None:
        await self._writer.stop()
        await asyncio.to_thread(self._pool.shutdown)
        with contextlib.suppress(sqlite3.Error):
            self.writing.execute("PRAGMA optimize")
        self.abandon()

    def abandon(self) -> None:
        """Closes what is open, the lock last; all of `close()` for what never started."""
        self._opened.close()
