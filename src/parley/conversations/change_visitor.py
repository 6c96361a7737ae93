"""A conversation turns out to be another visitor's (contract/core.md §5.4, `room.visitor`)."""

from parley.accounts.identify import Person
from parley.contacts.service import note_chat
from parley.conversations.verification.rule import Settings, each_time
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.events import emit
from parley.messages.index import move_room
from parley.messages.store import move_messages
from parley.rooms.queues import tell_shown
from parley.rooms.store import find_room, inquiry_of, open_room_of, save_inquiry, save_room
from parley.rooms.subscription_store import save_subscription, taking_part
from parley.rooms.visibility import may_see
from parley.visitors.store import Visitor, by_id


async def change_visitor(tx: Tx, person: Person, room_id: str, old_id: str, new_id: str) -> Doc:
    """The room. Raises Refused."""
    for visitor_id in sorted({old_id, new_id}):
        await tx.lock("visitors", visitor_id)
    await tx.lock("rooms", room_id)
    visitor = await by_id(tx, new_id)
    if visitor is None:
        raise Refused("invalid-visitor")
    room = await find_room(tx, room_id)
    if room is None or not room.get("open") or not await may_see(tx, person, room_id):
        raise Refused("invalid-room")
    if room["v"]["_id"] != old_id:
        raise Refused("invalid-room-visitor")
    if old_id == new_id:
        return room
    if await open_room_of(tx, new_id) is not None:
        # A visitor has one open room.
        raise Refused("invalid-visitor")
    await _move(tx, room, visitor, person.settings)
    return room


async def _move(tx: Tx, room: Doc, visitor: Visitor, settings: Settings) -> None:
    # First: whoever the visitor was hears no more of it.
    about = {"_id": visitor.id, "before": room["v"]["_id"]}
    await emit(tx, f"room:{room['_id']}", "visitor", about)
    names = {"_id": visitor.id, "username": visitor.doc["username"], "token": visitor.handle}
    room["v"] |= names
    room["fname"] = visitor.display_name
    room["contactId"] = visitor.contact_id
    # Who was verified is not who it is now.
    noted = await note_chat(tx, visitor.contact_id, room)
    room["verified"] = noted.verified and not each_time(settings)
    await save_room(tx, room)
    await move_messages(tx, room)
    await move_room(tx, room["_id"], visitor.id)
    for subscription in await taking_part(tx, room["_id"]):
        subscription["v"] |= names
        subscription["name"] = subscription["fname"] = room["fname"]
        await save_subscription(tx, subscription)
    if (inquiry := await inquiry_of(tx, room["_id"])) is not None:
        inquiry["v"] |= names
        inquiry["name"] = room["fname"]
        await save_inquiry(tx, inquiry)
        await tell_shown(tx, inquiry)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
