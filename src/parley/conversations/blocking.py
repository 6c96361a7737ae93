"""Blocking a contact's channel, and taking it back (contract/management.md §14.2, §14.3).

The channel is blocked and its chats are closed in one act, with the visitor locked: no chat of
theirs begins meanwhile, and none is left that they could write in.
"""

from parley.accounts.identify import Person
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.channels import Which, channel_of
from parley.contacts.store import locked_contact
from parley.conversations.close import close_blocked
from parley.db import Database, Tx
from parley.db.documents import save
from parley.errors import Refused
from parley.rooms.store import find_room, open_room_of, open_rooms_beside
from parley.visitors.store import by_id


async def block(db: Database, actor: Actor, person: Person, which: Which) -> None:
    """Raises Refused `error-contact-not-found`. Of mails a hundred rooms are closed at a time."""
    while await db.act(_block, actor, person, which):
        pass


async def _block(tx: Tx, actor: Actor, person: Person, which: Which) -> bool:
    """Whether there are more open rooms."""
    await tx.lock("visitors", which.visitor_id)
    beside = await open_rooms_beside(tx, which.visitor_id)
    room = await open_room_of(tx, which.visitor_id)
    rooms = sorted(each["_id"] for each in [*beside, *([room] if room else [])])
    for room_id in rooms:
        await tx.lock("rooms", room_id)
    await _mark(tx, actor, which, blocked=True)
    for room_id in rooms:
        there = await find_room(tx, room_id)
        if there is not None and there.get("open"):
            await close_blocked(tx, there, person)
    return bool(beside)


async def unblock(tx: Tx, actor: Actor, which: Which) -> None:
    """Raises Refused `error-contact-not-found`."""
    await tx.lock("visitors", which.visitor_id)
    await _mark(tx, actor, which, blocked=False)


async def _mark(tx: Tx, actor: Actor, which: Which, *, blocked: bool) -> None:
    visitor = await by_id(tx, which.visitor_id)
    contact = None if visitor is None else await locked_contact(tx, visitor.contact_id)
    channel = None if contact is None else channel_of(contact, which)
    if contact is None or channel is None:
        raise Refused("error-contact-not-found")
    if channel["blocked"] != blocked:
        channel["blocked"] = blocked
        await save(tx, "contacts", contact)
        what = "contact.blocked" if blocked else "contact.unblocked"
        told = {"visitor": which.visitor_id, "source": which.source_type}
        await record(tx, actor, what, "contact", contact["_id"], str(contact["name"]), **told)
