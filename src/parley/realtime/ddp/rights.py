"""Losing a right ends the delivery: who is looked at again, and when."""

from collections.abc import Iterable
from typing import Protocol, cast

from parley.db.documents import decode, encode
from parley.realtime.ddp import store
from parley.realtime.ddp.frames import changed
from parley.realtime.ddp.hub import Hub, write_all
from parley.realtime.ddp.office import Peer
from parley.realtime.ddp.streams import (
    MY_MESSAGES,
    NOTIFY_ROOM,
    NOTIFY_SUFFIXES,
    ROOM_DATA,
    ROOM_MESSAGES,
)
from parley.realtime.ddp.subscriptions import Subscriptions
from parley.realtime.ddp.told import Told
from parley.realtime.store import seen_rooms, still_theirs


class Checked(Protocol):
    """A connection, as far as its rights go."""

    peer: Peer
    subscriptions: Subscriptions

    async def recheck(self) -> None: ...

    def drop(self, key: str) -> None: ...

    def end(self, code: int, reason: str) -> None: ...


async def recheck(hub: Hub, connections: Iterable[Checked]) -> None:
    """Of persons: a visitor's room stays theirs, but for `_recheck_visitors`."""
    hub.rights += 1
    for connection in connections:
        if connection.peer.user_id:
            await connection.recheck()


async def _recheck_person(hub: Hub, connections: list[Checked], user_id: str) -> None:
    await recheck(hub, [c for c in connections if c.peer.user_id == user_id])


async def follow(told: Told) -> None:
    """After the event's frames: whoever was there until now hears how it ended."""
    hub, doc = told.hub, told.event.doc
    match (told.event.stream.partition(":")[0], told.event.kind):
        case ("user", "active" | "deleted" | "roles" | "units"):
            await _recheck_person(hub, everybody(hub), told.key)
        case ("user", "subscription"):
            await _recheck_person(hub, _in_room(hub, doc["rid"]), told.key)
        case ("room", "visitor") if "before" in doc:
            await _recheck_visitors(told, told.key)
        case ("room", "room"):
            await recheck(hub, _in_room(hub, told.key))
        case ("room", "deleted"):
            _drop_room(hub, told.key)
        case ("queue", "room-deleted"):
            _drop_room(hub, doc["_id"])
        case ("queue", "department"):
            await recheck(hub, everybody(hub))


async def _recheck_visitors(told: Told, room_id: str) -> None:
    """Of a room that became another visitor's."""
    told.hub.rights += 1
    theirs: dict[str, bool] = {}
    for connection in everybody(told.hub):
        for key, token in connection.subscriptions.tokens_in(room_id).items():
            if token not in theirs:
                theirs[token] = await told.db.read(still_theirs, token, room_id)
            if not theirs[token]:
                connection.drop(key)


def everybody(hub: Hub) -> list[Checked]:
    return [cast(Checked, connection) for connection in hub.connections]


def _in_room(hub: Hub, room_id: str) -> list[Checked]:
    """Who hears of a room, each once."""
    places = [(ROOM_MESSAGES, room_id), (ROOM_DATA, room_id)]
    places += [(NOTIFY_ROOM, f"{room_id}/{suffix}") for suffix in NOTIFY_SUFFIXES]
    found = dict.fromkeys(c for place in places for c in hub.listeners(*place))
    return [cast(Checked, connection) for connection in found]


def _drop_room(hub: Hub, room_id: str) -> None:
    for connection in everybody(hub):
        for key in connection.subscriptions.of_room(room_id):
            connection.drop(key)


async def in_my_messages(told: Told, message: str) -> None:
    """To everybody who asked for all messages, and may open this one's room: whoever they are, by
    as many statements."""
    listeners = told.hub.listeners(ROOM_MESSAGES, MY_MESSAGES)
    asked = {one: cast(Checked, one).peer.token_hash for one in listeners}
    known = await told.office.identify.all_known(filter(None, asked.values()))
    now = await told.db.read(store.room_now, told.key) if known else None
    if now is None:
        return
    taking_part = {user_id for user_id, _ in now.taking_part}
    name = encode(decode(now.room)["fname"])
    sees = await told.db.read(seen_rooms, known, [told.key])
    holds = {person.token_hash: person.user_id for person in known if person.user_id in sees}
    for part in (True, False):
        about = f'{{"roomParticipant":{encode(part)},"roomType":"l","roomName":{name}}}'
        to = [
            one
            for one, token_hash in asked.items()
            if token_hash in holds and (holds[token_hash] in taking_part) == part
        ]
        await write_all(to, changed(ROOM_MESSAGES, MY_MESSAGES, f"[{message},{about}]"))
