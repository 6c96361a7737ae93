"""A process's part in the work: takes jobs that are due, runs them, says how they ended."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from parley.db import Database, Tx
from parley.errors import Unavailable
from parley.jobs import queue
from parley.jobs.queue import LEASE_SECONDS, Job, enqueue

log = logging.getLogger("parley.jobs")

Handler = Callable[[Database, dict[str, Any]], Awaitable[float | None]]

AT_ONCE = 4
LOOKS_EVERY_SECONDS = 1.0
MOST_ATTEMPTS = 10
LONGEST_SECONDS = 600
"""Of one attempt."""


class GiveUp(Exception):
    """The work cannot succeed, now or later; its text is shown as the reason."""


class Scheduled(NamedTuple):
    kind: str
    every_seconds: float


def pause(attempt: int) -> float:
    """Seconds before the next one: 5, 10, 20, … an hour at most."""
    return float(min(5 * 2 ** (attempt - 1), 3600))


class Worker:
    """`observe` is told the kind of each attempt and whether it succeeded.

    `alone`: kinds of long work, of which one is done at a time: many would leave others no room.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        schedule: Iterable[Scheduled] = (),
        observe: Callable[[str, bool], None] = lambda kind, good: None,
        alone: Collection[str] = (),
    ) -> None:
        self._db = db
        self._handlers = dict(handlers)
        self._schedule = {each.kind: each.every_seconds for each in schedule}
        self._observe = observe
        self._alone = alone
        self._running: dict[asyncio.Task[None], str] = {}

    async def run(self) -> None:
        """Until it is cancelled; then the attempts under way are too, and run again elsewhere."""
        try:
            while True:
                try:
                    await self._plan()
                    break
                except Unavailable as error:
                    log.warning("jobs: %s", error)
                    await asyncio.sleep(LOOKS_EVERY_SECONDS)
            while True:
                took = await self._look()
                if not took:
                    await asyncio.sleep(LOOKS_EVERY_SECONDS)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def run_what_is_due(self) -> None:
        """Returns when nothing is due any more: for tests, and for test mode."""
        while jobs := await self._db.act(queue.take, list(self._handlers), AT_ONCE):
            await asyncio.gather(*(self._attempt(job) for job in jobs))

    async def finish_what_is_due(self) -> None:
        """The same, and what another worker is at has ended too, or takes ten seconds."""
        kinds = list(self._handlers)
        for _ in range(500):
            if not await self._db.read(queue.anything_under_way, kinds):
                break
            await self.run_what_is_due()
            await asyncio.sleep(0.02)

    async def _plan(self) -> None:
        async def plan(tx: Tx) -> None:
            for kind in self._schedule:
                await enqueue(tx, kind, {}, key=f"schedule:{kind}")

        if self._schedule:
            await self._db.act(plan)

    async def _look(self) -> bool:
        free = AT_ONCE - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        busy = set(self._running.values()) & set(self._alone)
        kinds = [kind for kind in self._handlers if kind not in busy]
        try:
            if not await self._db.read(queue.anything_due, kinds):
                return False
            jobs = await self._db.act(self._take, kinds, free)
        except Unavailable as error:
            log.warning("jobs: %s", error)
            return False
        for job in jobs:
            task = asyncio.create_task(self._attempt(job))
            self._running[task] = job.kind
            task.add_done_callback(self._running.pop)
        return bool(jobs)

    async def _take(self, tx: Tx, kinds: list[str], free: int) -> list[Job]:
        jobs = await queue.take(tx, [kind for kind in kinds if kind not in self._alone], free)
        for kind in kinds:
            if kind in self._alone and len(jobs) < free:
                jobs += await queue.take(tx, [kind], 1)
        return jobs

    async def _attempt(self, job: Job) -> None:
        keeping = asyncio.create_task(self._keep(job))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                again = await self._handlers[job.kind](self._db, job.doc)
        except GiveUp as reason:
            await self._failed(job, str(reason), for_good=True)
        except Exception as error:
            # The text of an error may quote what nobody should read; its kind does not.
            log.warning("job %s: %s", job.kind, type(error).__name__, exc_info=error)
            await self._failed(job, type(error).__name__)
        else:
            await self._done(job, again)
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self, job: Job) -> None:
        """Renews the lease while the work goes on."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(Unavailable):
                if not await self._db.act(queue.renew, job):
                    return

    async def _done(self, job: Job, again: float | None) -> None:
        self._observe(job.kind, True)
        # Not said, the work is done once more when the lease ends: handlers bear that.
        with contextlib.suppress(Unavailable):
            if job.kind in self._schedule:
                every = self._schedule[job.kind] if again is None else again
                await self._db.act(queue.try_again, job, every, "", anew=True)
            else:
                await self._db.act(queue.finish, job)

    async def _failed(self, job: Job, error: str, *, for_good: bool = False) -> None:
        again = job.kind in self._schedule or not (for_good or job.attempt >= MOST_ATTEMPTS)
        self._observe(job.kind, False)
        with contextlib.suppress(Unavailable):
            if again:
                await self._db.act(queue.try_again, job, pause(min(job.attempt, 20)), error)
            else:
                await self._db.act(queue.give_up, job, error)
