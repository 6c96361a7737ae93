"""Group commit: the one thread that writes to SQLite.

Waiting acts run one after another in one shared transaction, which an act that fails leaves as it
was. Nobody is answered before COMMIT; if that fails, the whole group gets Unavailable and nothing
is retried.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
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
                self._events = False
            else:
                undone = sum(isinstance(outcome, BaseException) for outcome in outcomes)
                self._writes.committed(len(jobs) - undone)
            told = tuple(self._told) if self._events else ()
            self._events = False
            _deliver(jobs, outcomes, told)

    def _group(self, jobs: list[_Job]) -> list[Any]:
        """Runs `jobs[0]` and what waits behind it (added to `jobs`); returns after COMMIT."""
        closes = time.monotonic() + GROUP_SECONDS
        outcomes = [self._outcome(jobs[0])]
        while len(jobs) < GROUP_ACTS and time.monotonic() < closes:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
            outcomes.append(self._outcome(job))
        if self._connection.in_transaction:  # unless all of them failed
            self._connection.execute("COMMIT")
        return outcomes

    def _outcome(self, job: _Job) -> Any:
        """The act's result, or the exception that undid it alone."""
        run = self._connection.execute
        # Without others' work before it an act needs no savepoint. For one, SQLite copies each page
        # that changes, into a temporary file from 64 KB on: a fifth of what a message costs.
        alone = not self._connection.in_transaction
        run("BEGIN IMMEDIATE" if alone else "SAVEPOINT act")
        tx = self._begin()
        try:
            result = drive(whole(job.act, tx))
        except BaseException as error:  # whatever it is, it must not end this thread
            if not self._connection.in_transaction:
                # SQLite itself dropped the transaction (disk full, I/O): the group is lost.
                raise
            if alone:
                run("ROLLBACK")
            else:
                run("ROLLBACK TO act")
                run("RELEASE act")
            return self._translate(error) if isinstance(error, sqlite3.Error) else error
        if not alone:
            run("RELEASE act")
        elif not self._connection.in_transaction:
            # The act went on as if it had not seen it.
            raise Unavailable("the transaction was dropped")
        self._events = self._events or bool(tx.events)
        return result


def _deliver(jobs: list[_Job], outcomes: list[Any], told: Iterable[Callable[[], None]]) -> None:
    """One wake-up of the event loop tells who is to be `told`, and answers the whole group."""

    def wake() -> None:
        try:
            for tell in told:
                tell()
        finally:
            settle()

    def settle() -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.future.done():  # cancelled by who waited; what the act did stays
                continue
            if isinstance(outcome, BaseException):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
        jobs[0].loop.call_soon_threadsafe(wake)
