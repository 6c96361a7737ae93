"""Contacts as agents write them (contract/management.md §14.2, §14.3)."""

from typing import Any

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.contacts.schemas import NewContact, SettleConflicts, UpdateContact
from parley.contacts.store import insert_contact, locked_contact, save_contact
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.ids import object_id
from parley.visitors.fields import VISITOR, as_values, checked
from parley.visitors.fields_store import all_fields


async def create(tx: Tx, actor: Actor, new: NewContact) -> str:
    """The id. Raises Refused `error-contact-manager-not-found`, or for a custom field."""
    contact: Doc = {
        "_id": object_id(),
        "name": new.name.strip(),
        "unknown": False,
        "preRegistration": True,
        "channels": [],
        "createdAt": now(),
    }
    _put_addresses(contact, new.emails, new.phones)
    if new.contactManager:
        contact["contactManager"] = await _manager(tx, new.contactManager)
    if fields := await checked_fields(tx, new.customFields or {}, None):
        contact["customFields"] = fields
    await insert_contact(tx, contact)
    await record(tx, actor, "contact.created", "contact", contact["_id"], contact["name"])
    return str(contact["_id"])


async def update(tx: Tx, new: UpdateContact) -> tuple[Doc, bool]:
    """(the contact, whether its name is another now). Raises Refused."""
    contact = await _known(tx, new.contactId)
    before = contact["name"]
    contact["unknown"] = False
    if new.name is not None and new.name.strip():
        contact["name"] = new.name.strip()
    _put_addresses(contact, new.emails, new.phones)
    await _put_manager(tx, contact, new.contactManager)
    if new.customFields is not None:
        held = contact.get("customFields") or {}
        contact["customFields"] = held | await checked_fields(tx, new.customFields, held)
    if new.wipeConflicts:
        contact.pop("conflictingFields", None)
    await save_contact(tx, contact)
    return contact, contact["name"] != before


async def settle(tx: Tx, new: SettleConflicts) -> tuple[Doc, bool]:
    """(the contact without the conflicts that are settled now, whether its name changed)."""
    contact = await _known(tx, new.contactId)
    conflicts = contact.get("conflictingFields") or []
    if not conflicts:
        raise Refused("error-contact-has-no-conflicts")
    before, settled = contact["name"], set[str]()
    if new.name is not None and new.name.strip():
        contact["name"] = new.name.strip()
        settled.add("name")
    if new.contactManager is not None:
        await _put_manager(tx, contact, new.contactManager)
        settled.add("manager")
    if new.customFields is not None:
        held = contact.get("customFields") or {}
        fields = await checked_fields(tx, new.customFields, held)
        contact["customFields"] = held | fields
        settled |= {f"customFields.{key}" for key in fields}
    left = [] if new.wipeConflicts else [c for c in conflicts if c["field"] not in settled]
    contact.pop("conflictingFields")
    if left:
        contact["conflictingFields"] = left
    await save_contact(tx, contact)
    return contact, contact["name"] != before


async def _known(tx: Tx, contact_id: str) -> Doc:
    contact = await locked_contact(tx, contact_id)
    if contact is None or not contact.get("enabled", True):
        raise Refused("error-contact-not-found")
    return contact


def _put_addresses(contact: Doc, emails: list[str] | None, phones: list[str] | None) -> None:
    if emails is not None:
        cleaned = dict.fromkeys(e.strip().lower() for e in emails if e.strip())
        contact["emails"] = [{"address": each} for each in cleaned]
    if phones is not None:
        cleaned = dict.fromkeys(p.strip() for p in phones if p.strip())
        contact["phones"] = [{"phoneNumber": each} for each in cleaned]


async def _put_manager(tx: Tx, contact: Doc, manager: str | None) -> None:
    if manager:
        contact["contactManager"] = await _manager(tx, manager)
    elif manager is not None:
        contact.pop("contactManager", None)


async def _manager(tx: Tx, user_id: str) -> str:
    if await find(tx, "users", user_id) is None:
        raise Refused("error-contact-manager-not-found")
    return user_id


async def checked_fields(
    tx: Tx, given: dict[str, Any], held: dict[str, Any] | None
) -> dict[str, str]:
    """What is given, as it is kept; `held` is what the contact has already.

    Raises Refused for what no visible custom field of visitors is called, or does not take, and
    for a required one without a value.
    """
    fields = {
        field["_id"]: field
        for field in await all_fields(tx)
        if field["scope"] == VISITOR and field["visibility"] == "visible"
    }
    values = {each.key: each.value for each in as_values(given)}
    for key in values:
        if key not in fields:
            raise Refused(f"Custom field {key} is not allowed")
    for key, field in fields.items():
        there = values.get(key, (held or {}).get(key))
        if field.get("required") and not (there and there.strip()):
            raise Refused(f"Invalid value for {field['label']} field")
    return {
        key: checked(fields[key], value, fields[key]["label"]) if value.strip() else ""
        for key, value in values.items()
    }
