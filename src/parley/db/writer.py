"""Group commit: the one thread that writes to SQLite.

Waiting acts run one after another, each in a savepoint of one shared transaction. Nobody is
answered before COMMIT; if that fails, the whole group gets Unavailable and nothing is retried.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from parley.db.tx import Tx, drive, whole
from parley.db.writes import Writes
from parley.errors import Unavailable

GROUP_ACTS = 256
GROUP_SECONDS = 0.005


@dataclass(slots=True)
class _Job:
    act: Callable[[Tx], Awaitable[Any]]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer(threading.Thread):
    def __init__(
        self,
        connection: sqlite3.Connection,
        begin: Callable[[], Tx],
        translate: Callable[[sqlite3.Error], Exception],
        writes: Writes,
        told: list[Callable[[], None]],
    ) -> None:
        super().__init__(name="sqlite-writer", daemon=True)
        self._connection = connection
        self._begin = begin
        self._translate = translate
        self._writes = writes
        self._told = told
        self._events = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._stopping = False

    def submit(self, act: Callable[[Tx], Awaitable[Any]]) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._stopping:
            future.set_exception(Unavailable("the database is closing"))
        else:
            self._jobs.put(_Job(act, loop, future))
        return future

    async def stop(self) -> None:
        """Finishes what was submitted, then ends the thread."""
        # On the thread that submits: nothing slips in behind the end mark, to wait for ever.
        self._stopping = True
        self._jobs.put(None)
        await asyncio.to_thread(self.join)

    def run(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs = [job]
            try:
                outcomes = self._group(jobs)
            except BaseException as error:
                with contextlib.suppress(sqlite3.Error):
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                outcomes = [Unavailable(str(error)) for _ in jobs]
                self._writes.failures += 1
            else:
                undone = sum(isinstance(outcome, BaseException) for outcome in outcomes)
                self._writes.committed(len(jobs) - undone)
                if self._events:
                    _on_loop(jobs, self._tell)
            self._events = False
            _deliver(jobs, outcomes)

    def _tell(self) -> None:
        for tell in self._told:
            tell()

    def _group(self, jobs: list[_Job]) -> list[Any]:
        """Runs `jobs[0]` and what waits behind it (added to `jobs`); returns after COMMIT."""
        self._connection.execute("BEGIN IMMEDIATE")
        closes = time.monotonic() + GROUP_SECONDS
        outcomes = [self._savepoint(jobs[0])]
        while len(jobs) < GROUP_ACTS and time.monotonic() < closes:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
            outcomes.append(self._savepoint(job))
        self._connection.execute("COMMIT")
        return outcomes

    def _savepoint(self, job: _Job) -> Any:
        """The act's result, or the exception that undid it alone."""
        run = self._connection.execute
        run("SAVEPOINT act")
        tx = self._begin()
        try:
            result = drive(whole(job.act, tx))
        except BaseException as error:  # whatever it is, it must not end this thread
            if not self._connection.in_transaction:
                # SQLite itself dropped the transaction (disk full, I/O): the group is lost.
                raise
            run("ROLLBACK TO act")
            run("RELEASE act")
            return self._translate(error) if isinstance(error, sqlite3.Error) else error
        run("RELEASE act")
        self._events = self._events or bool(tx.events)
        return result


def _deliver(jobs: list[_Job], outcomes: list[Any]) -> None:
    """One wake-up of the event loop answers the whole group."""

    def settle() -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.future.done():  # cancelled by who waited; what the act did stays
                continue
            if isinstance(outcome, BaseException):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)

    _on_loop(jobs, settle)


def _on_loop(jobs: list[_Job], call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
        jobs[0].loop.call_soon_threadsafe(call)
