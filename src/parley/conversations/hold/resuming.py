"""Resuming a chat on hold (contract/management.md §15). What is written in it resumes it as well:
`messages.service`.

A chat goes on with its agent while they can be given one: there, and below their limits. Else, when
somebody waits for an answer, it waits in the queue for anybody, rather than for who is gone.
"""

from typing import Any

from parley.accounts.identify import Person
from parley.agents.limits import hold
from parley.conversations.close import Settings
from parley.conversations.handing import Handing, let_go, named
from parley.conversations.hold.placing import own_or_others
from parley.conversations.hold.schemas import WhichRoomOnHold
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.messages.service import resume
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, inquiry_of, save_room

REASON = "resumed-without-agent"
COMMENT = "The chat's agent could not go on with it"


async def resume_by_person(tx: Tx, person: Person, wanted: WhichRoomOnHold) -> None:
    """Raises as `own_or_others`, and Refused."""
    await tx.lock("rooms", wanted.roomId)
    room = await own_or_others(tx, person, wanted)
    if not room.get("onHold"):
        raise Refused("error-room-not-on-hold")
    mine = (room.get("servedBy") or {}).get("_id") == person.user_id
    goes_on = await _goes_on(tx, room, person.settings, there=mine)
    if mine and not goes_on:
        raise Refused("error-max-number-simultaneous-chats-reached")
    await resume(tx, room, person.ref, person.settings)
    if goes_on:
        await save_room(tx, room)
    else:
        by = Handing(person.ref, "user", COMMENT, person.settings, {})
        await _queue(tx, room, by)


async def resume_answered(db: Database, doc: dict[str, Any]) -> None:
    """The job: a visitor wrote in a chat on hold while its agent could not go on with it."""
    settings = await db.read(current_settings)
    await db.act(_answered, str(doc["roomId"]), settings)


async def _answered(tx: Tx, room_id: str, settings: Settings) -> None:
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not room.get("open") or not room.get("onHold"):
        return
    if not room.get("waitingResponse"):
        return  # somebody has answered since
    served = room.get("servedBy") or {}
    goes_on = await _goes_on(tx, room, settings, there=False)
    visitor = {key: room["v"][key] for key in ("_id", "username")} | {"name": room["fname"]}
    await resume(tx, room, visitor, settings, token=room["v"]["token"])
    if goes_on:
        await save_room(tx, room)
    else:
        agent = named(await find(tx, "users", served.get("_id", "")) or served)
        await _queue(tx, room, Handing(agent, "agent", COMMENT, settings, {}))


async def _goes_on(tx: Tx, room: Doc, settings: Settings, *, there: bool) -> bool:
    served = (room.get("servedBy") or {}).get("_id", "")
    found = await hold(tx, settings, served, room.get("departmentId"), there=there)
    return found is not None


async def _queue(tx: Tx, room: Doc, by: Handing) -> None:
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        await save_room(tx, room)
    else:
        await let_go(tx, room, inquiry, REASON, by)
