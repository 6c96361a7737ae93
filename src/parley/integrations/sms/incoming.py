"""An SMS becomes a message of a visitor, in the room of that number (management.md §11)."""

import hashlib
import logging
from typing import Any

from parley.contacts.channels import Blocked
from parley.conversations.by_channel import Known, begin_beside, visitor_of
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.departments.store import find_by_id_or_name
from parley.errors import Refused
from parley.ids import random_id
from parley.integrations.sms.media import fetched
from parley.integrations.sms.service import Service, Settings, Sms
from parley.messages.lengths import most_of_visitor
from parley.messages.service import post_as_visitor
from parley.messages.uploads.erase import drop_arriving
from parley.messages.uploads.posting import keep_files
from parley.rooms.store import find_room, open_rooms_beside
from parley.visitors.fields import chosen, put
from parley.visitors.schemas import CustomFieldValue
from parley.visitors.store import Visitor, save_visitor

log = logging.getLogger("parley")

NOT_FETCHED: Doc = {
    "color": "yellow",
    "text": "A file came with this message, and could not be fetched.",
}


async def take_in(
    db: Database, service: Service, sms: Sms, department: str, settings: Settings
) -> None:
    """Once for each id of the provider's; of a blocked number nothing. Raises Refused or Coded."""
    try:
        await _take_in(db, service, sms, department, settings)
    except Blocked:
        # An answer would be an SMS of ours to them, for each of theirs.
        log.info("an SMS of a blocked number was not taken in")


async def _take_in(
    db: Database, service: Service, sms: Sms, department: str, settings: Settings
) -> None:
    uploads: list[Doc] = []
    if sms.media:
        visitor, room = await db.act(_room, sms, department, settings)
        uploads = await fetched(db, service, sms.media, room["_id"], visitor, settings)
    kept = False
    try:
        kept = await db.act(_post, sms, department, uploads, settings)
    finally:
        if not kept:
            for upload in uploads:
                await drop_arriving(db, upload)


async def _post(tx: Tx, sms: Sms, department: str, uploads: list[Doc], settings: Settings) -> bool:
    """False when the message is there already."""
    message_id = _message_id(sms)
    visitor, room = await _room(tx, sms, department, settings)
    await tx.lock("rooms", room["_id"])
    if await find(tx, "messages", message_id) is not None:
        return False
    more = await keep_files(tx, room["_id"], uploads)
    if len(uploads) < len(sms.media):
        more["attachments"] = [*more.get("attachments", []), NOT_FETCHED]
    if sms.location is not None:
        more["location"] = {"type": "Point", "coordinates": list(sms.location)}
    text = sms.body[: most_of_visitor(settings)]
    where = (visitor.token, room["_id"])
    await post_as_visitor(tx, *where, text, message_id, settings, more, opens=not room["msgs"])
    return True


def _message_id(sms: Sms) -> str:
    if not sms.id:
        return random_id()
    return hashlib.sha256(f"sms:{sms.id}".encode()).hexdigest()[:24]


async def _room(
    tx: Tx, sms: Sms, department: str, settings: Settings
) -> tuple[Visitor, dict[str, Any]]:
    """The visitor, and the room that their messages to this number go to: open."""
    visitor = await visitor_of(tx, _who(sms))
    await _note_places(tx, visitor, sms.places)
    wanted = await _department(tx, department, settings)
    for room in await open_rooms_beside(tx, visitor.id):
        # An agent may have handed it to another department since.
        mine = room.get("sms") == _sms(sms, wanted) and room["source"]["type"] == "sms"
        if mine:
            await tx.lock("rooms", room["_id"])
            there = await find_room(tx, room["_id"])
            if there is not None and there.get("open"):
                return visitor, there
    source = {"type": "sms", "alias": settings["SMS_Service"], "destination": sms.to}
    more = {"sms": _sms(sms, wanted)}
    return visitor, await begin_beside(tx, visitor, settings, wanted, source, **more)


def _who(sms: Sms) -> Known:
    digits = "".join(c for c in sms.sender if c.isascii() and c.isdigit())
    return Known("sms", sms.sender, phone=sms.sender, username=digits or None)


def _sms(sms: Sms, department: str | None) -> Doc:
    return {"from": sms.to} | ({"department": department} if department else {})


async def _department(tx: Tx, asked: str, settings: Settings) -> str | None:
    for key in (asked, settings["SMS_Default_Omnichannel_Department"]):
        found = await find_by_id_or_name(tx, key) if key else None
        if found is not None:
            return str(found["_id"])
    return None


async def _note_places(tx: Tx, visitor: Visitor, places: dict[str, str]) -> None:
    """Into custom fields of these names, where the office has them and takes the value."""
    changed = False
    for key, value in places.items():
        try:
            values, _ = await chosen(tx, [CustomFieldValue(key, value, True)], unknown_too=True)
        except Refused:
            continue
        changed = put(visitor.doc, values.visitor) or changed
    if changed:
        await save_visitor(tx, visitor)
