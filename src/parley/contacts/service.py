"""The contact record behind a visitor (contract/management.md §14)."""

from typing import NamedTuple

from parley.clock import now
from parley.contacts.channels import Blocked, is_blocked
from parley.contacts.store import (
    insert_contact,
    locked_contact,
    prepared_for,
    reach,
    save_contact,
)
from parley.db import Tx
from parley.db.documents import Doc, save
from parley.ids import object_id

MOST_MONTHS = 12
MOST_CHANNELS = 100
MOST_ADDRESSES = 100
MOST_CONFLICTS = 100


async def contact_for(tx: Tx, visitor: Doc) -> str:
    """The contact of a new visitor: one that an agent prepared, else a new, unknown one.

    Somebody else's contact is never taken by an address that a stranger typed: that is proposed
    to agents (`merge_candidates`).
    """
    for kind, value in sorted(reach(_said_by(visitor))):
        found = await prepared_for(tx, kind, value)
        contact = await locked_contact(tx, found) if found else None
        if contact is not None and contact.get("preRegistration"):
            contact["preRegistration"] = False
            await save(tx, "contacts", contact)
            return str(contact["_id"])
    return await create_contact(tx, visitor)


def _said_by(visitor: Doc) -> Doc:
    return {"emails": visitor.get("visitorEmails"), "phones": visitor.get("phone")}


async def create_contact(tx: Tx, visitor: Doc) -> str:
    """The id of a new, unknown contact with the visitor's name and addresses."""
    contact: Doc = {
        "_id": object_id(),
        "name": visitor.get("name") or visitor["username"],
        "unknown": True,
        "channels": [],
        "createdAt": now(),
    }
    if emails := visitor.get("visitorEmails"):
        contact["emails"] = emails
    if phones := visitor.get("phone"):
        contact["phones"] = phones
    await insert_contact(tx, contact)
    return str(contact["_id"])


async def follow_visitor(tx: Tx, contact_id: str, visitor: Doc) -> None:
    """Takes over what the visitor now says of themself; adds addresses, never drops one.

    What agents know of a contact they know better: another name is a conflict for them to settle
    (contract/management.md §14.3).
    """
    contact = await locked_contact(tx, contact_id)
    if contact is None:
        return
    if name := visitor.get("name"):
        if contact.get("unknown") or not contact.get("name"):
            contact["name"] = name
        elif name != contact["name"]:
            add_conflict(contact, "name", name)
    add_addresses(contact, _said_by(visitor))
    await save_contact(tx, contact)


def add_addresses(contact: Doc, other: Doc) -> None:
    for key in ("emails", "phones"):
        for entry in other.get(key) or []:
            known = contact.setdefault(key, [])
            if entry not in known and len(known) < MOST_ADDRESSES:
                known.append(entry)


def add_conflict(contact: Doc, field: str, value: object) -> None:
    conflict = {"field": field, "value": value}
    conflicts = contact.setdefault("conflictingFields", [])
    if conflict not in conflicts and len(conflicts) < MOST_CONFLICTS:
        conflicts.append(conflict)


class Noted(NamedTuple):
    months: list[str]
    """Of activity."""
    verified: bool
    """Whether the channel is."""


async def note_chat(tx: Tx, contact_id: str, room: Doc) -> Noted:
    """Records the room as the contact's last chat, by its channel. Raises Blocked."""
    contact = await locked_contact(tx, contact_id)
    if contact is None:
        return Noted([], False)
    if is_blocked(contact, room["v"]["_id"]):
        raise Blocked
    chat = {"_id": room["_id"], "ts": room["ts"]}
    contact["lastChat"] = chat
    key = {"visitorId": room["v"]["_id"], "source": {"type": room["source"]["type"]}}
    channels: list[Doc] = contact["channels"]
    channel = next((c for c in channels if c["visitor"] == key), None)
    if channel is None and len(channels) < MOST_CHANNELS:
        channel = {
            "name": room["source"]["type"],
            "verified": False,
            "blocked": False,
            "visitor": key,
            "details": {"type": room["source"]["type"]},
        }
        channels.append(channel)
    if channel is not None:
        channel["lastChat"] = chat
    await save(tx, "contacts", contact)
    return Noted(list(contact.get("activity") or []), bool(channel and channel["verified"]))


async def note_activity(tx: Tx, contact_id: str, month: str) -> None:
    """The contact was answered in this month (`YYYY-MM`); the newest twelve are kept."""
    contact = await locked_contact(tx, contact_id)
    if contact is not None and month not in (months := contact.get("activity") or []):
        contact["activity"] = [*months, month][-MOST_MONTHS:]
        contact["unknown"] = False
        await save(tx, "contacts", contact)
