"""Following the events: first what was missed, or a snapshot, then all that comes."""

import asyncio
from collections.abc import AsyncGenerator

from parley.accounts.identify import Person
from parley.db import Reader as Query
from parley.db.documents import Doc
from parley.db.location import Engine
from parley.errors import Unavailable
from parley.events import Event, tail
from parley.realtime import snapshot, store
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
    person = reader.person.user_id if isinstance(reader, PersonReader) else None
    connection = await presence.connected(person) if person is not None else None
    ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
    try:
        yield FIRST
        horizon = await hub.join(reader)
        for text in await beginning(hub, reader, since, horizon):
            yield text
        while True:
            if waiting := reader.take():
                yield waiting
            elif reader.ended or hub.stopping:
                return
            elif not await _more(reader, ends):
                if ends is not None:
                    return
                await hub.recheck(reader)
                yield heartbeat(reader.cursor)
    except Unavailable:
        yield closing("unavailable")
    finally:
        hub.leave(reader)
        hub.connections[reader.who] -= 1
        if not hub.connections[reader.who]:
            del hub.connections[reader.who]
        if connection is not None:
            connection.gone()


async def _more(reader: Reader, ends: float | None) -> bool:
    """False after a while without anything, or when the time is over."""
    timer = asyncio.timeout(HEARTBEAT_SECONDS) if ends is None else asyncio.timeout_at(ends)
    try:
        async with timer:
            await reader.more.wait()
    except TimeoutError:
        return False
    return True


async def poll(hub: Hub, reader: Reader, since: str) -> Frames:
    """What there is at this moment, without waiting for anything."""
    for text in await beginning(hub, reader, since, await hub.db.read(tail.horizon)):
        yield text
    yield heartbeat(reader.cursor)


async def beginning(hub: Hub, reader: Reader, since: str, horizon: str) -> list[bytes]:
    """What leads from `since` to the horizon; the reader stands there then."""
    epoch = hub.feed.epoch or await hub.db.act(tail.settle)
    policy = await hub.db.read(store.policy_version)
    end = Positions(epoch, policy, horizon, horizon).end()
    reader.cursor = end
    engine = await hub.db.read(_engine_of)
    cursor = parse_cursor(since, engine, epoch) if since else None
    if cursor is not None and cursor.policy != policy and isinstance(reader, PersonReader):
        cursor = None
    missed = None if cursor is None else await _missed(hub, cursor, policy, horizon)
    if missed is None or (isinstance(reader, PersonReader) and _moved(reader, missed)):
        return [await _snapshot(hub, reader, end)]
    frames: list[bytes] = []
    for positions, events in missed:
        frames += await _told(hub, reader, positions, events)
    if isinstance(reader, PersonReader):
        known = await hub.db.read(snapshot.of_person, reader.person)
        reader.rooms, reader.departments = set(known.rooms), known.departments
        frames.append(frame("view", known.view, end))
    return frames


async def _engine_of(q: Query) -> Engine:
    return q.engine


Missed = list[tuple[Positions, list[Event]]]
RIGHTS = ("roles", "active", "updated", "created", "department-agent")
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
        known = await hub.db.read(snapshot.of_person, reader.person)
        reader.rooms, reader.departments = set(known.rooms), known.departments
        return frame("snapshot", known.snapshot, cursor)
    if not isinstance(reader, VisitorReader):
        raise TypeError(type(reader))
    settings = await _settings(hub)
    text = await hub.db.read(snapshot.of_visitor, reader.room_id, settings)
    return frame("snapshot", text, cursor)
