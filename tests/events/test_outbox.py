"""Numbered events: 1, 2, 3, … in each stream, whoever writes, and nothing of what was undone."""

import asyncio
from typing import Any

import pytest

from parley.clock import later, now
from parley.db import Database, Reader, Tx
from parley.errors import Refused
from parley.events import emit, outbox, prune, tail

Row = tuple[str, int, str]


async def events(q: Reader) -> list[Row]:
    rows = await q.rows("SELECT stream, number, kind FROM outbox ORDER BY stream, number")
    return [(row[0], row[1], row[2]) for row in rows]


async def counters(q: Reader) -> dict[str, int]:
    return {row[0]: row[1] for row in await q.rows("SELECT name, last FROM streams") if row[0]}


async def record(tx: Tx, name: str, *streams: str, fail: bool = False) -> None:
    for stream in streams:
        await emit(tx, stream, name, {"_id": name})
    if fail:
        raise Refused(name)


async def test_no_gap_and_no_deadlock_between_acts_in_opposite_order(db: Database) -> None:
    """Half of them touch the streams the other way round, and every fifth is undone."""
    orders = [("room:a", "user:b", "room:a"), ("user:b", "room:a", "room:a")]
    acts = [db.act(record, f"{n}", *orders[n % 2], fail=n % 5 == 0) for n in range(50)]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    assert [type(o) for o in outcomes if o is not None] == [Refused] * 10
    stored = await db.read(events)
    assert [row[:2] for row in stored] == [
        *(("room:a", n) for n in range(1, 81)),
        *(("user:b", n) for n in range(1, 41)),
    ]
    assert await db.read(counters) == {"room:a": 80, "user:b": 40}
    undone = {str(n) for n in range(0, 50, 5)}
    assert undone.isdisjoint(kind for _, _, kind in stored)
    # An act's own events of one stream stand together, in the order of the act.
    kinds = [kind for stream, _, kind in stored if stream == "room:a"]
    assert kinds[0::2] == kinds[1::2]


async def test_an_act_numbers_its_events_in_its_own_order(db: Database) -> None:
    async def talk(tx: Tx) -> None:
        for stream, kind in (("b", "1"), ("a", "2"), ("b", "3"), ("b", "4")):
            await emit(tx, stream, kind, {})

    await db.act(talk)
    await db.act(talk)
    assert await db.read(events) == [
        ("a", 1, "2"),
        ("a", 2, "2"),
        *(("b", n, kind) for n, kind in enumerate("134134", 1)),
    ]


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)  # SQLite's acts never overlap
async def test_an_event_is_visible_only_with_what_it_tells(db: Database) -> None:
    """And so never before a lower number of its stream."""
    inside, leave = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await emit(tx, "room:a", "slow", {})
        inside.set()
        await leave.wait()

    acting = asyncio.create_task(db.act(slow))
    await inside.wait()
    await db.act(record, "quick", "room:a")
    assert await db.read(events) == [("room:a", 1, "quick")]
    leave.set()
    await acting
    assert await db.read(events) == [("room:a", 1, "quick"), ("room:a", 2, "slow")]


async def test_old_events_go_in_batches_and_numbers_go_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 10)
    for n in range(31):
        await db.act(record, str(n), "room:a", "room:b" if n % 2 else "room:c")

    async def age(tx: Tx, where: str, minutes: int) -> None:
        at = later(now(), days=-outbox.KEEP_DAYS, minutes=minutes)
        await tx.rows(f"UPDATE outbox SET at = $1 WHERE {where}", at)

    # All but the newest of room:a are too old; what is almost a week old stays.
    await db.act(age, "stream = 'room:a' AND number < 26", -1)
    await db.act(age, "stream = 'room:b'", 1)
    gone: list[Any] = []
    while not gone or gone[-1]:
        gone.append(await db.act(prune))
    assert gone == [10, 10, 5, 0]
    kept = await db.read(events)
    assert [row[1] for row in kept if row[0] == "room:a"] == list(range(26, 32))
    assert len([row for row in kept if row[0] == "room:b"]) == 15
    assert len([row for row in kept if row[0] == "room:c"]) == 16
    await db.act(record, "next", "room:a")
    assert ("room:a", 32, "next") in await db.read(events)


async def test_rows_of_another_database_were_seen(db: Database) -> None:
    """As a backup brings them, with places that lie ahead here; and nobody goes on there."""

    async def bring(tx: Tx) -> None:
        await tx.rows("UPDATE outbox SET place = 900000000")

    first = await db.act(tail.settle)
    assert await db.act(tail.settle) == first
    await db.act(record, "old", "room:a")
    horizon = await db.read(tail.horizon)
    await db.act(bring)
    assert await db.act(tail.settle) != first
    await db.act(record, "new", "room:a")
    _, events = await db.read(tail.unseen, horizon, 10)
    assert [(event.kind, event.number) for event in events] == [("new", 2)]


async def test_of_what_is_read_together_a_stream_keeps_its_order(db: Database) -> None:
    """Whatever the transactions' order was; and what lies between two horizons stays the same."""

    async def swap(tx: Tx) -> None:
        rows = await tx.rows("SELECT place FROM outbox WHERE stream = 'b' ORDER BY number")
        for number, row in ((1, rows[1]), (2, rows[0])):
            sql = "UPDATE outbox SET place = $1 WHERE stream = 'b' AND number = $2"
            await tx.rows(sql, row[0], number)

    seen = await db.read(tail.horizon)
    for kind in "123":
        await db.act(record, kind, "b", "a")
    await db.act(swap)
    upto, events = await db.read(tail.unseen, seen, 100)
    for stream in "ab":
        assert [e.number for e in events if e.stream == stream] == [1, 2, 3]
    assert events == sorted(events, key=lambda event: event.key)
    await db.act(record, "4", "b")
    assert await db.read(tail.between, seen, upto, 100) == events
