"""What a contact's visitors gave as custom fields (contract/management.md §7, §14.3)."""

from collections.abc import Sequence

from parley.db import Tx
from parley.db.documents import find, save
from parley.visitors.schemas import CustomFieldValue

MOST_CONFLICTS = 100


async def put_on_contact(tx: Tx, contact_id: str, values: Sequence[CustomFieldValue]) -> None:
    """A value that may not overwrite another is kept as a conflict, for a person to decide."""
    if not values:
        return
    await tx.lock("contacts", contact_id)
    contact = await find(tx, "contacts", contact_id)
    if contact is None:
        return
    fields = contact.setdefault("customFields", {})
    conflicts = contact.get("conflictingFields") or []
    for each in values:
        known = fields.get(each.key)
        if each.overwrite or not known:
            fields[each.key] = each.value
        elif known != each.value:
            conflict = {"field": f"customFields.{each.key}", "value": each.value}
            if conflict not in conflicts and len(conflicts) < MOST_CONFLICTS:
                conflicts.append(conflict)
    if conflicts:
        contact["conflictingFields"] = conflicts
    await save(tx, "contacts", contact)
