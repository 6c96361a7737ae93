"""The feed tells every committed event once, in order, whatever process wrote it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parley.db import Database, Tx, open_database
from parley.events import Event, emit
from parley.realtime.feed import Feed


@asynccontextmanager
async def running(db: Database) -> AsyncIterator[Feed]:
    feed = Feed(db)
    task = asyncio.create_task(feed.run())
    await feed.ready.wait()
    yield feed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def write(tx: Tx, kind: str, *streams: str) -> None:
    for stream in streams:
        await emit(tx, stream, kind, {"_id": kind})


class Seen(list[Event]):
    def __init__(self) -> None:
        self._more = asyncio.Event()

    def add(self, event: Event) -> None:
        self.append(event)
        self._more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self) < count:
                self._more.clear()
                await self._more.wait()


async def test_each_event_once_and_in_order_while_many_write(db: Database) -> None:
    await db.act(write, "before", "room:a")
    async with running(db) as feed:
        seen = Seen()
        of_b = Seen()
        end = feed.listen(None, seen.add)
        feed.listen("room:b", of_b.add)
        orders = [("room:a", "room:b"), ("room:b", "user:c", "room:a")]
        await asyncio.gather(*(db.act(write, str(n), *orders[n % 2]) for n in range(60)))
        await seen.until(150)
        for stream, first, count in (("room:a", 2, 60), ("room:b", 1, 60), ("user:c", 1, 30)):
            numbers = [event.number for event in seen if event.stream == stream]
            assert numbers == list(range(first, first + count))
        assert of_b == [event for event in seen if event.stream == "room:b"]
        end()
        await db.act(write, "last", "room:b")
        await of_b.until(61)
        assert len(seen) == 150


async def test_another_process_is_heard(db: Database, database_url: str) -> None:
    """On SQLite that is a command beside the server, which is seen when the feed looks again."""
    other = await open_database(database_url, serving=False)
    async with running(db) as feed:
        seen = Seen()
        feed.listen("room:a", seen.add)
        for n in range(5):
            await (other if n % 2 else db).act(write, str(n), "room:a", "room:b")
        await seen.until(5)
        assert [(event.number, event.kind) for event in seen] == [(n + 1, str(n)) for n in range(5)]
    await other.close()


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_signals_reach_every_process_and_are_kept_nowhere(
    db: Database, database_url: str
) -> None:
    other = await open_database(database_url)
    async with running(db) as here, running(other) as there:
        near = Seen()
        far = Seen()
        here.listen("room:a", near.add)
        there.listen("room:a", far.add)
        # The other's connection may not listen yet: what is said before is not kept.
        while not far:
            await here.signal("room:a", "typing", {"who": "é"})
            await asyncio.sleep(0.02)
        for event in (near[0], far[0]):
            assert event[:4] == ("room:a", 0, "typing", {"who": "é"})
    assert await db.read(lambda q: q.value("SELECT count(*) FROM outbox")) == 0
    await other.close()
