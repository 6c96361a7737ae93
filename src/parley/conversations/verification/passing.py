"""A contact is verified: the channel is marked, its chats go to agents (management.md §14.1)."""

from parley.accounts.identify import Person
from parley.accounts.readiness import look_at_queue
from parley.audit.actor import SYSTEM, Actor
from parley.audit.service import record
from parley.clock import now
from parley.contacts.channels import Which, channel_of
from parley.contacts.service import add_addresses
from parley.contacts.store import locked_contact, save_contact
from parley.conversations.start import route
from parley.conversations.verification import store
from parley.conversations.verification.rule import VERIFYING, Settings
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Coded, Refused
from parley.events import emit
from parley.rooms.service import lock_beside, lock_open_room
from parley.rooms.store import (
    delete_inquiry,
    find_room,
    inquiry_of,
    open_rooms_beside,
    save_room,
)
from parley.routing.preferred import asked_agent
from parley.visitors.store import Visitor, by_id


async def verify(
    tx: Tx, actor: Actor, person: Person, which: Which, field: str, value: str
) -> None:
    """Somebody says that the contact is who they say; `field` and `value` tell by what, if told.

    Raises Refused `error-contact-not-found`.
    """
    await tx.lock("visitors", which.visitor_id)
    visitor = await by_id(tx, which.visitor_id)
    if visitor is None:
        raise Refused("error-contact-not-found")
    room = await lock_open_room(tx, visitor.id)
    rooms = [room] if room is not None else []
    if await lock_beside(tx, visitor.id):
        rooms += await open_rooms_beside(tx, visitor.id)
    if not await _mark(tx, actor, visitor, which, field, value):
        raise Refused("error-contact-not-found")
    for each in rooms:
        if each["source"]["type"] == which.source_type:
            await _pass_on(tx, each, visitor, person.settings)


async def proved(tx: Tx, room: Doc, address: str, settings: Settings) -> None:
    """The visitor wrote the code that was mailed to the address. The caller has locked the room,
    whose inquiry is `verifying`."""
    visitor = await by_id(tx, room["v"]["_id"])
    if visitor is None:
        return
    which = Which(visitor.id, room["source"]["type"])
    await _mark(tx, SYSTEM, visitor, which, "email", address)
    await _pass_on(tx, room, visitor, settings)


async def _mark(
    tx: Tx, actor: Actor, visitor: Visitor, which: Which, field: str, value: str
) -> bool:
    contact = await locked_contact(tx, visitor.contact_id)
    channel = None if contact is None else channel_of(contact, which)
    if contact is None or channel is None:
        return False
    channel |= {"verified": True, "verifiedAt": now()}
    if field and value:
        channel |= {"field": field, "value": value}
    if field == "email" and value:
        add_addresses(contact, {"emails": [{"address": value}]})
    await save_contact(tx, contact)
    told = {"visitor": which.visitor_id, "source": which.source_type}
    name = str(contact["name"])
    await record(tx, actor, "contact.verified", "contact", contact["_id"], name, **told)
    return True


async def _pass_on(tx: Tx, room: Doc, visitor: Visitor, settings: Settings) -> None:
    """What it would have been at its start: given to somebody, or in the queue."""
    there = await find_room(tx, room["_id"])
    if there is None or not there.get("open"):
        return
    room, inquiry = there, await inquiry_of(tx, there["_id"])
    room["verified"] = True
    await store.forget_asked(tx, room["_id"])
    if inquiry is not None and inquiry["status"] == VERIFYING:
        await delete_inquiry(tx, room["_id"])
        wish = inquiry.get("defaultAgent", {}).get("agentId")
        try:
            asked = await asked_agent(tx, settings, wish)
        except Coded:
            asked = None  # they have gone meanwhile
        await route(tx, room, visitor, settings, asked, new=False)
    elif inquiry is not None and inquiry["status"] == "queued":
        await look_at_queue(tx)
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
