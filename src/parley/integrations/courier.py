"""A process's part in telling: takes events whose turn it is, sends them, says how it ended.

Of each room one event is under way at a time, whichever process has it; what fails is sent again,
ever later, and holds up its own room only. Sent means answered: a process that dies in between
leaves the event to another, which sends it again with the same id.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from parley.clock import now, seconds
from parley.db import Database, Tx
from parley.db.documents import encode
from parley.errors import Unavailable
from parley.events.webhooks import LEFT, VISITOR_WROTE
from parley.integrations import store
from parley.integrations.body import body_of
from parley.integrations.receiver import Outcome, Receiver, receiver, send
from parley.integrations.store import DONE, DROPPED, FAILED, Event
from parley.jobs.lease import Lease

log = logging.getLogger("parley.webhooks")

AT_ONCE = 16
LOOKS_EVERY_SECONDS = 1.0
TOGETHER_SECONDS = 0.02
"""For those that end at about the same time one look finds who follows."""
LONGEST_SECONDS = 60.0
"""Of one attempt: more than `receiver.LONGEST_SECONDS`, and what there is to read and write."""


def pause(failures: int) -> float:
    """Seconds before the next attempt: 5, 10, 20, … five minutes at most."""
    return float(min(5 * 2 ** min(failures, 10), 300))


class Courier:
    """`observe` is told of each attempt whether it succeeded."""

    def __init__(self, db: Database, observe: Callable[[bool], None] = lambda good: None) -> None:
        self._db = db
        self._observe = observe
        self._running: dict[asyncio.Task[None], Event] = {}

    async def run(self) -> None:
        """Until it is cancelled; what is under way then is sent again elsewhere."""
        try:
            while True:
                if not await self._look():
                    await self._rest()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def run_what_is_due(self) -> None:
        """Returns when nothing is due any more: for tests."""
        while events := await self._db.act(store.take, AT_ONCE):
            since = asyncio.get_running_loop().time()
            to = await self._db.read(receiver)
            await asyncio.gather(*(self._attempt(event, to, since) for event in events))

    async def _look(self) -> bool:
        """Whether there was something to do."""
        free = AT_ONCE - len(self._running)
        since = asyncio.get_running_loop().time()
        try:
            if free <= 0 or not await self._db.read(store.anything_due):
                return False
            mine = [event.id for event in self._running.values()]
            events = await self._db.act(store.take, free, but=mine)
            to = await self._db.read(receiver)
        except Unavailable as error:
            log.warning("webhooks: %s", error)
            return False
        except Exception as error:  # or nothing would be told any more, until a restart
            log.error("webhooks: %s", type(error).__name__, exc_info=error)
            return False
        for event in events:
            task = asyncio.create_task(self._attempt(event, to, since))
            self._running[task] = event
            task.add_done_callback(self._running.pop)
        return bool(events)

    async def _rest(self) -> None:
        """Until the next look: sooner, if an event that has ended lets another have its turn."""
        if self._running:
            await asyncio.wait(
                self._running,
                timeout=LOOKS_EVERY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            await asyncio.sleep(TOGETHER_SECONDS)
        else:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def _attempt(self, event: Event, to: Receiver, since: float) -> None:
        lease = Lease(lambda: self._db.act(store.renew, event), since)
        with suppress(Unavailable):  # what is not said is sent once more when the lease ends
            try:
                async with lease.kept(LONGEST_SECONDS):
                    await self._deliver(event, to, lease)
            except Unavailable:
                raise
            except Exception as error:
                # The text may quote what nobody should read.
                log.warning("webhook %s: %s", event.type, type(error).__name__)
                self._observe(False)
                await self._db.act(
                    settle, event, Outcome(0, f"our own trouble: {type(error).__name__}"), to
                )

    async def _deliver(self, event: Event, to: Receiver, lease: Lease) -> None:
        if not to.url:
            await self._db.act(store.finish, event, DROPPED, {"error": "there is no URL any more"})
            return
        # Of one message the body is read at once; of a whole chat it may take its time.
        read = self._db.read if event.type == VISITOR_WROTE.type else self._db.scan
        body = await read(body_of, event, to.settings)
        if body is None:
            await self._db.act(store.finish, event, DROPPED, {"error": "what it tells of is gone"})
            return
        text = encode(body).encode()
        if not await lease.holds():
            return
        outcome = await send(to, event.id, text)
        self._observe(not outcome.trouble)
        await self._db.act(settle, event, outcome, to)


async def settle(tx: Tx, event: Event, outcome: Outcome, to: Receiver) -> None:
    """What follows from an attempt: done, given up, or put off."""
    if not outcome.trouble:
        await store.finish(tx, event, DONE, outcome.said)
        if outcome.body and event.type != LEFT.type:
            await store.keep_answer(tx, event.lane, outcome.body)
        return
    wait = pause(event.failures)
    hours = to.settings["Livechat_webhook_retry_hours"]
    if outcome.again and seconds(event.since, now()) + wait <= hours * 3600:
        await store.put_off(tx, event, wait, outcome.said)
    else:
        log.warning("webhook %s given up: %s", event.type, outcome.trouble)
        await store.finish(tx, event, FAILED, outcome.said)
