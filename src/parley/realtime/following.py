"""Following the events: first what was missed, or a snapshot, then all that comes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from parley.accounts.identify import Person
from parley.db import Reader as Query
from parley.db.documents import Doc
from parley.db.location import Engine
from parley.errors import Unavailable
from parley.events import Event, tail
from parley.realtime import snapshot
from parley.realtime.cursor import Cursor, Positions, parse_cursor
from parley.realtime.frames import FIRST, closing, frame, heartbeat
from parley.realtime.hub import Hub, pieces_of
from parley.realtime.presence import Presence
from parley.realtime.reader import PersonReader, Reader, VisitorReader
from parley.realtime.telling import gather
from parley.rooms.visibility import sees_every_queue

MOST_MISSED = 10_000
"""Events of the whole office since the cursor; who missed more gets a snapshot."""
HEARTBEAT_SECONDS = 15.0

Frames = AsyncGenerator[bytes, None]


async def follow(
    hub: Hub, presence: Presence, reader: Reader, since: str, seconds: float | None
) -> Frames:
    """Until the reader is ended, or for so many seconds; what holds it is let go then."""
    hub.connections[reader.who] += 1
    connection = None
    ends = None if seconds is None else _after(seconds)
    try:
        if isinstance(reader, PersonReader):
            connection = await presence.connected(reader.person.user_id or "")
        yield FIRST
        start = await hub.join(reader)
        for text in await beginning(hub, reader, since, start):
            yield text
        checks = _after(HEARTBEAT_SECONDS)
        while True:
            if waiting := reader.take():
                yield waiting
            elif reader.ended or hub.stopping or (ends is not None and _over(ends)):
                return
            else:
                await _more(reader, checks if ends is None else min(checks, ends))
            # However much there is to tell: a login ends without an event.
            if _over(checks):
                checks = _after(HEARTBEAT_SECONDS)
                yield await _still_there(hub, reader)
    except Unavailable:
        yield closing("unavailable")
    finally:
        hub.leave(reader)
        hub.connections[reader.who] -= 1
        if not hub.connections[reader.who]:
            del hub.connections[reader.who]
        if connection is not None:
            connection.gone()


def _after(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _over(end: float) -> bool:
    return end <= asyncio.get_running_loop().time()


async def _more(reader: Reader, end: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(end):
            await reader.more.wait()


async def _still_there(hub: Hub, reader: Reader) -> bytes:
    """A heartbeat, or a snapshot for who may see more now, or less, without any event saying so."""
    # Before anything is awaited: what the hub tells meanwhile has not been taken.
    cursor = reader.stands
    await hub.recheck(reader)
    if not (reader.renew and isinstance(reader, PersonReader)):
        return heartbeat(cursor)
    reader.renew = False
    known = await _known(hub, reader)
    return frame("snapshot", known.snapshot, cursor)


async def _known(hub: Hub, reader: PersonReader) -> snapshot.Known:
    known = await hub.db.read(snapshot.of_person, reader.person)
    # Not instead of those they know: the hub may have told of others meanwhile.
    reader.rooms |= known.rooms
    reader.departments = known.departments
    return known


async def poll(hub: Hub, reader: Reader, since: str) -> Frames:
    """What there is at this moment, without waiting for anything."""
    epoch = hub.feed.epoch or await hub.db.act(tail.settle)
    start = await hub.start(reader, epoch, await hub.db.read(tail.horizon))
    for text in await beginning(hub, reader, since, start):
        yield text
    yield heartbeat(start.text())


async def beginning(hub: Hub, reader: Reader, since: str, start: Cursor) -> list[bytes]:
    """What leads from `since` to where the reader is told what comes."""
    policy, end = start.policy, start.text()
    engine = await hub.db.read(_engine_of)
    cursor = parse_cursor(since, engine, start.epoch) if since else None
    if cursor is not None and cursor.policy != policy and isinstance(reader, PersonReader):
        cursor = None
    missed = None if cursor is None else await _missed(hub, cursor, policy, start.seen)
    if missed is None or (isinstance(reader, PersonReader) and _moved(reader, missed)):
        return [await _snapshot(hub, reader, end)]
    frames: list[bytes] = []
    for positions, events in missed:
        frames += await _told(hub, reader, positions, events)
    if isinstance(reader, PersonReader):
        known = await _known(hub, reader)
        frames.append(frame("view", known.view, end))
    return frames


async def _engine_of(q: Query) -> Engine:
    return q.engine


Missed = list[tuple[Positions, list[Event]]]
RIGHTS = ("roles", "active", "updated", "created", "department-agent", "units")
"""Kinds of a person's own events after which they may see more, or less."""


def _moved(reader: PersonReader, missed: Missed) -> bool:
    """Whether the person may see other things now than where the cursor was handed out."""
    own = reader.who
    departments = not sees_every_queue(reader.person)
    return any(
        event.kind in RIGHTS if event.stream == own else departments and event.kind == "department"
        for _, events in missed
        for event in events
        if event.stream == own or event.stream.startswith("queue:")
    )


async def _missed(hub: Hub, cursor: Cursor, policy: int, horizon: str) -> Missed | None:
    """None for more than is told one by one."""
    limit = MOST_MISSED + 1
    parts = []
    seen = cursor.seen
    if cursor.upto:
        events = await hub.db.scan(tail.between, seen, cursor.upto, limit)
        rest = [event for event in events if event.key > cursor.key]
        parts.append((Positions(cursor.epoch, policy, seen, cursor.upto), rest))
        seen = cursor.upto
    events = await hub.db.scan(tail.between, seen, horizon, limit)
    parts.append((Positions(cursor.epoch, policy, seen, horizon), events))
    return parts if sum(len(events) for _, events in parts) < limit else None


async def _told(hub: Hub, reader: Reader, positions: Positions, events: list[Event]) -> list[bytes]:
    persons: list[Person] = []
    settings: Doc | None = None
    if isinstance(reader, PersonReader):
        persons = [reader.person]
        own = f"user:{reader.person.user_id}"
        events = [e for e in events if e.stream == own or not e.stream.startswith("user:")]
    elif isinstance(reader, VisitorReader):
        settings = await _settings(hub)
        events = [e for e in events if e.stream == f"room:{reader.room_id}"]
    frames: list[bytes] = []
    pieces = pieces_of(events)
    for n, piece in enumerate(pieces, 1):
        final = n == len(pieces)
        telling = await hub.db.read(gather, piece, persons, settings, positions, final=final)
        frames += reader.frames(telling)
    return frames


async def _settings(hub: Hub) -> Doc:
    return dict((await hub.identify.known("", "")).settings)


async def _snapshot(hub: Hub, reader: Reader, cursor: str) -> bytes:
    if isinstance(reader, PersonReader):
        known = await _known(hub, reader)
        return frame("snapshot", known.snapshot, cursor)
    if not isinstance(reader, VisitorReader):
        raise TypeError(type(reader))
    settings = await _settings(hub)
    text = await hub.db.read(snapshot.of_visitor, reader.room_id, settings)
    return frame("snapshot", text, cursor)
