"""The contact record behind a visitor (contract/management.md §14)."""

from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, find, insert, save
from parley.ids import object_id

MOST_MONTHS = 12
MOST_CHANNELS = 100
MOST_ADDRESSES = 100


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
    await insert(tx, "contacts", contact)
    return str(contact["_id"])


async def follow_visitor(tx: Tx, contact_id: str, visitor: Doc) -> None:
    """Takes over what the visitor now says of themself; adds addresses, never drops one."""
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is None:
        return
    contact["name"] = visitor.get("name") or visitor["username"]
    for ours, theirs in (("emails", "visitorEmails"), ("phones", "phone")):
        for entry in visitor.get(theirs) or []:
            known = contact.setdefault(ours, [])
            if entry not in known and len(known) < MOST_ADDRESSES:
                known.append(entry)
    await save(tx, "contacts", contact)


async def note_chat(tx: Tx, contact_id: str, room: Doc) -> list[str]:
    """Records the room as the contact's last chat, by its channel; the months of activity."""
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is None:
        return []
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
    return list(contact.get("activity") or [])


async def note_activity(tx: Tx, contact_id: str, month: str) -> None:
    """The contact was answered in this month (`YYYY-MM`); the newest twelve are kept."""
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is not None and month not in (months := contact.get("activity") or []):
        contact["activity"] = [*months, month][-MOST_MONTHS:]
        contact["unknown"] = False
        await save(tx, "contacts", contact)
