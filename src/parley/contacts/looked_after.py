"""Who looks after a contact (`contactManager`, a user's id)."""

from parley.contacts.store import locked_contact, save_contact
from parley.db import Database, Tx
from parley.db.tx import Reader


async def forget_manager(db: Database, user_id: str) -> None:
    """Nobody is looked after by this person any longer; an act for each contact."""
    for contact_id in await db.scan(_managed_by, user_id):
        await db.act(_forget, contact_id, user_id)


async def _managed_by(q: Reader, user_id: str) -> list[str]:
    rows = await q.rows("SELECT id FROM contacts WHERE manager = $1", user_id)
    return [row[0] for row in rows]


async def _forget(tx: Tx, contact_id: str, user_id: str) -> None:
    contact = await locked_contact(tx, contact_id)
    if contact is not None and contact.get("contactManager") == user_id:
        del contact["contactManager"]
        await save_contact(tx, contact)
