"""What becomes of a contact when one of its visitors is deleted."""

from parley.db import Tx
from parley.db.documents import find, save


async def disable_contact(tx: Tx, contact_id: str) -> None:
    """The contact stays as a number to count; what was known of the person is gone."""
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is None:
        return
    kept = {key: contact[key] for key in ("_id", "createdAt") if key in contact}
    blank = {"name": "", "unknown": True, "channels": [], "enabled": False}
    await save(tx, "contacts", kept | blank)


async def forget_visitor(tx: Tx, contact_id: str, visitor_id: str) -> None:
    """The contact goes on with its other visitors, without this one's channels."""
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is None:
        return
    contact["channels"] = [
        channel
        for channel in contact.get("channels") or []
        if channel["visitor"]["visitorId"] != visitor_id
    ]
    await save(tx, "contacts", contact)
