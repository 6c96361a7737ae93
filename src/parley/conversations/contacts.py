"""Changing a contact where chats know of it (contract/management.md §14.3)."""

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts import editing
from parley.contacts.schemas import SettleConflicts, UpdateContact
from parley.contacts.store import visitors_of
from parley.db import Tx
from parley.db.documents import Doc
from parley.rooms.store import rename_open

MOST_RENAMED = 100
"""Devices whose open room takes the new name."""


async def update_contact(tx: Tx, actor: Actor, new: UpdateContact) -> Doc:
    """The contact. Raises Refused."""
    contact, renamed = await editing.update(tx, new)
    return await _tell(tx, actor, contact, renamed)


async def settle_conflicts(tx: Tx, actor: Actor, new: SettleConflicts) -> Doc:
    """The contact. Raises Refused."""
    contact, renamed = await editing.settle(tx, new)
    return await _tell(tx, actor, contact, renamed)


async def _tell(tx: Tx, actor: Actor, contact: Doc, renamed: bool) -> Doc:
    if renamed:
        # Closed chats keep the name under which they were held.
        for visitor_id in (await visitors_of(tx, contact["_id"]))[:MOST_RENAMED]:
            await rename_open(tx, visitor_id, contact["name"])
    await record(tx, actor, "contact.updated", "contact", contact["_id"], contact["name"])
    return contact
