"""What a contact's visitors gave as custom fields (contract/management.md §7, §14.3)."""

from collections.abc import Sequence

from parley.contacts.service import add_conflict
from parley.contacts.store import locked_contact
from parley.db import Tx
from parley.db.documents import save
from parley.visitors.schemas import CustomFieldValue


async def put_on_contact(
    tx: Tx,
    contact_id: str,
    values: Sequence[CustomFieldValue],
    *,
    blank_takes_away: bool = False,
) -> None:
    """A value that may not overwrite another is kept as a conflict, for a person to decide."""
    if not values:
        return
    contact = await locked_contact(tx, contact_id)
    if contact is None:
        return
    fields = contact.setdefault("customFields", {})
    for each in values:
        known = fields.get(each.key)
        if blank_takes_away and not each.value:
            fields.pop(each.key, None)
        elif each.overwrite or not known:
            fields[each.key] = each.value
        elif known != each.value:
            add_conflict(contact, f"customFields.{each.key}", each.value)
    await save(tx, "contacts", contact)
