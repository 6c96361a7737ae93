"""Deleting a contact with its visitors and all they ever said (contract/management.md §14.3)."""

from collections.abc import Mapping
from typing import Any

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.erase import disable_contact
from parley.contacts.store import find_contact, locked_contact
from parley.conversations.erase_visitor import erase, may_erase_open
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.rooms.service import lock_open_room
from parley.rooms.store import any_open_room_of
from parley.visitors.store import Visitor, by_id, devices_of

AT_ONCE = 10
"""Visitors who go in one transaction: nearly always all of a contact's."""


async def delete_contact(
    db: Database, actor: Actor, contact_id: str, settings: Mapping[str, Any]
) -> None:
    """Raises Refused. Of a contact with many devices a few go at a time, so that nobody waits for
    them all; what a crash leaves, the next call takes.
    """
    while not await db.act(_delete_some, actor, contact_id, settings):
        pass


async def _delete_some(tx: Tx, actor: Actor, contact_id: str, settings: Mapping[str, Any]) -> bool:
    """Whether that was all."""
    contact = _there(await find_contact(tx, contact_id))
    devices = await devices_of(tx, contact["_id"], AT_ONCE)
    rooms = await _lock(tx, devices)
    contact = _there(await locked_contact(tx, contact_id))
    if not may_erase_open(settings) and await any_open_room_of(tx, contact["_id"]):
        raise Refused("error-contact-has-open-rooms")
    for device in devices:
        visitor = await by_id(tx, device.id)
        # A merge, or its taking back, may have been quicker.
        if visitor is not None and visitor.contact_id == contact["_id"]:
            await erase(tx, actor, visitor, rooms[visitor.id])
    if await devices_of(tx, contact["_id"], 1):
        return False
    await disable_contact(tx, contact["_id"])
    await record(tx, actor, "contact.deleted", "contact", contact["_id"])
    return True


def _there(contact: Doc | None) -> Doc:
    if contact is None or not contact.get("enabled", True):
        raise Refused("error-contact-not-found")
    return contact


async def _lock(tx: Tx, devices: list[Visitor]) -> dict[str, Doc | None]:
    """{visitor: their open room}, all locked in the order of locks before anything is written."""
    for token in sorted(device.token for device in devices):
        await tx.lock("tokens", token)
    for device in devices:
        await tx.lock("visitors", device.id)
    return {device.id: await lock_open_room(tx, device.id) for device in devices}
