"""Deleting closed conversations for good (contract/core.md §6)."""

from parley.accounts.identify import Person
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.conversations.verification.store import forget_asked
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.errors import Failed, Refused
from parley.events import emit, forget
from parley.events.webhooks import forget_told
from parley.jobs import forget_about
from parley.messages.index import unindex_room
from parley.messages.store import delete_messages_of_room
from parley.messages.uploads.erase import delete_uploads_of_room
from parley.rooms.removal_store import closed_rooms, delete_room_row
from parley.rooms.store import delete_inquiry, delete_subscriptions, find_room
from parley.rooms.visibility import may_see
from parley.routing.decisions import forget_decisions


async def delete_room(tx: Tx, actor: Actor, person: Person, room_id: str) -> None:
    """Raises Refused for no room, Failed for one that is open."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not await may_see(tx, person, room_id):
        raise Refused("Invalid room")
    if room.get("open"):
        raise Failed
    await remove(tx, room)
    await record(tx, actor, "room.deleted", "room", room_id, room["fname"])


async def delete_closed_rooms(
    db: Database, actor: Actor, person: Person, departments: list[str] | None
) -> int:
    """How many went: all that are closed, which the person may see. A few at a time, so that
    nobody waits for them all; what a crash leaves, the next call takes.
    """
    removed = 0
    after = ""
    while True:
        found = await db.scan(closed_rooms, person, departments, after)
        if not found:
            return removed
        removed += await db.act(_delete_some, actor, found)
        after = found[-1]


async def _delete_some(tx: Tx, actor: Actor, room_ids: list[str]) -> int:
    gone: list[str] = []
    for room_id in room_ids:  # in order of ids, or two of these would wait for each other
        await tx.lock("rooms", room_id)
        room = await find_room(tx, room_id)
        if room is not None and not room.get("open"):
            await remove(tx, room)
            gone.append(room_id)
    if gone:
        await record(tx, actor, "rooms.deleted", "room", gone[0], rooms=gone)
    return len(gone)


async def remove(tx: Tx, room: Doc) -> None:
    """The room, locked by the caller, with all that belongs to it; nothing leads to it any more."""
    room_id = room["_id"]
    await delete_uploads_of_room(tx, room_id)
    await unindex_room(tx, room_id)
    await delete_messages_of_room(tx, room_id)
    await delete_inquiry(tx, room_id)
    await delete_subscriptions(tx, room_id)
    await forget_decisions(tx, room_id)
    await forget_asked(tx, room_id)
    await forget_told(tx, room_id)
    await forget_about(tx, room_id)
    await delete_room_row(tx, room_id)
    # Its own stream goes with it: whoever follows the department hears of it.
    await forget(tx, f"room:{room_id}")
    queue = room.get("departmentId") or "public"
    await emit(tx, f"queue:{queue}", "room-deleted", {"_id": room_id})
