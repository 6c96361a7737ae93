"""The priority of a conversation: its room, its place in the queue, and who set it, agree."""

from parley.accounts.identify import Person
from parley.conversations.priorities import store
from parley.conversations.priorities.fixed import BY_ID, Priority, mark
from parley.conversations.queue.store import reaches
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.events import emit
from parley.messages.service import append_system
from parley.rooms.queues import tell_place
from parley.rooms.store import find_room, inquiry_of, save_inquiry, save_room


async def change_priority(tx: Tx, person: Person, room_id: str, priority_id: str) -> None:
    """An empty id takes it off. Raises Refused."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    if not await reaches(tx, person, room_id):
        raise Refused("error-not-allowed")
    if await set_priority(tx, person, room, priority_id):
        await save_room(tx, room)
        await emit(tx, f"room:{room_id}", "room", {"_id": room_id})


async def set_priority(tx: Tx, person: Person, room: Doc, priority_id: str) -> bool:
    """Whether it is another than before; the caller has locked the room, and saves it.

    Raises Refused `error-invalid-priority`.
    """
    priority = BY_ID.get(priority_id)
    if priority is None and priority_id:
        raise Refused("error-invalid-priority")
    if room.get("priorityId", "") == priority_id:
        return False
    mark(room, priority)
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is not None:
        mark(inquiry, priority)
        await save_inquiry(tx, inquiry)
        await tell_place(tx, inquiry)
    said: Doc = {"definedBy": {"_id": person.user_id, "username": person.username}}
    if priority is not None:
        said["priority"] = await _named(tx, priority)
    kind = "omnichannel_priority_change_history"
    await append_system(tx, room, kind, person.ref, person.settings, priorityData=said)
    return True


async def _named(tx: Tx, priority: Priority) -> Doc:
    row = (await store.renamed(tx)).get(priority.id)
    return {"i18n": priority.i18n} | ({"name": row["name"]} if row else {})
