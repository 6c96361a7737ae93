"""What becomes of a contact when one of its visitors is deleted."""

from parley.contacts.store import delete_merges, locked_contact, save_contact
from parley.db import Tx
from parley.db.documents import save


async def disable_contact(tx: Tx, contact_id: str) -> None:
    """The contact stays as a number to count; what was known of the person is gone."""
    contact = await locked_contact(tx, contact_id)
    if contact is None:
        return
    kept = {key: contact[key] for key in ("_id", "createdAt") if key in contact}
    blank = {"name": "", "unknown": True, "channels": [], "enabled": False}
    await save_contact(tx, kept | blank)
    # The records of its merges hold what was known, to be put back.
    await delete_merges(tx, contact["_id"])


async def forget_visitor(tx: Tx, contact_id: str, visitor_id: str) -> None:
    """The contact goes on with its other visitors, without this one's channels."""
    contact = await locked_contact(tx, contact_id)
    if contact is None:
        return
    contact["channels"] = [
        channel
        for channel in contact.get("channels") or []
        if channel["visitor"]["visitorId"] != visitor_id
    ]
    await save(tx, "contacts", contact)
