"""What an agent notes of a visitor and of their conversation (contract/core.md §5.4)."""

from parley.accounts.identify import Person
from parley.contacts.custom_fields import put_on_contact
from parley.contacts.service import follow_visitor
from parley.conversations.priorities.of_room import set_priority
from parley.conversations.schemas import GuestData, RoomData, SaveInfo
from parley.conversations.sla.of_room import set_sla
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Forbidden, Refused
from parley.events import emit
from parley.events.webhooks import EDITED, tell
from parley.rooms.store import find_room, save_room
from parley.rooms.visibility import may_see
from parley.visitors.fields import Chosen, as_values, chosen, put
from parley.visitors.store import by_id, save_visitor


async def save_info(tx: Tx, person: Person, wanted: SaveInfo) -> None:
    """Raises Refused or Forbidden."""
    # Before the room: the order of locks.
    await tx.lock("visitors", wanted.guestData.id)
    await tx.lock("rooms", wanted.roomData.id)
    room = await find_room(tx, wanted.roomData.id)
    if room is None:
        raise Refused("error-invalid-room")
    serves = (room.get("servedBy") or {}).get("_id") == person.user_id
    if not serves and not person.may("save-others-livechat-room-info"):
        raise Forbidden
    if not await may_see(tx, person, room["_id"]):
        raise Forbidden
    visitor = await by_id(tx, wanted.guestData.id)
    # Rocket.Chat changes whatever visitor is named, of any room.
    if visitor is None or room["v"]["_id"] != visitor.id:
        raise Refused("")
    values = await _values(tx, person, wanted)
    _describe(visitor.doc, room, wanted.guestData)
    changed = put(visitor.doc, values.visitor, blank_takes_away=True)
    await save_visitor(tx, visitor)
    _note(room, wanted.roomData)
    changed |= put(room, values.room, blank_takes_away=True)
    await follow_visitor(tx, visitor.contact_id, visitor.doc)
    await put_on_contact(tx, visitor.contact_id, values.visitor, blank_takes_away=True)
    if wanted.roomData.priorityId is not None:
        await set_priority(tx, person, room, wanted.roomData.priorityId)
    if wanted.roomData.slaId is not None:
        await set_sla(tx, person, room, wanted.roomData.slaId)
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
    if changed:
        await emit(tx, f"room:{room['_id']}", "visitor", {"_id": visitor.id})
    if not room.get("open"):
        await tell(tx, person.settings, EDITED, room)


async def _values(tx: Tx, person: Person, wanted: SaveInfo) -> Chosen:
    """What is no custom field, or one of the other scope, is left out. Raises Refused."""
    may = person.may("edit-livechat-room-customfields")
    guest = as_values(wanted.guestData.livechatData) if may else []
    room = as_values(wanted.roomData.livechatData)
    of_guest, _ = await chosen(tx, guest, unknown_too=True, blank_too=True)
    of_room, _ = await chosen(tx, room, unknown_too=True, blank_too=True)
    return Chosen(of_room.room, of_guest.visitor)


def _describe(visitor: Doc, room: Doc, new: GuestData) -> None:
    if name := (new.name or "").strip():
        visitor["name"] = name
    if email := (new.email or "").strip().lower():
        visitor["visitorEmails"] = [{"address": email}]
    phone = (new.phone or "").strip()
    # In a conversation by SMS the number is where the answers go.
    if phone and room["source"]["type"] != "sms":
        visitor["phone"] = [{"phoneNumber": phone}]


def _note(room: Doc, new: RoomData) -> None:
    if new.topic is not None:
        room["topic"] = new.topic.strip()
        if not room["topic"]:
            del room["topic"]
    tags = list(dict.fromkeys(tag for tag in new.tags or [] if tag.strip()))
    if tags:
        room["tags"] = tags
    else:
        room.pop("tags", None)
