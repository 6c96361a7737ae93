"""Contacts as older servers knew them: visitors (contract/management.md §14.2, legacy)."""

import msgspec

from parley.accounts.store import find_by_username
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.as_visitors import find_as_contact
from parley.contacts.store import locked_contact, save_contact
from parley.conversations.register import LONGEST_TEXT, register
from parley.conversations.schemas import ContactAsVisitor, FindContact, VisitorFields
from parley.db import Reader, Tx
from parley.db.documents import Doc
from parley.errors import Coded
from parley.visitors.fields import VISITOR, as_values
from parley.visitors.fields_store import all_fields
from parley.visitors.store import tokens_of

_decode = msgspec.json.Decoder(dict[str, str]).decode


async def register_contact(tx: Tx, actor: Actor, new: ContactAsVisitor) -> str:
    """The visitor's id. Raises Refused or Coded."""
    manager = await _manager(tx, new.contactManager.username) if new.contactManager else None
    # What an agent has got of a visitor holds the handle, and comes back from here.
    token = (await tokens_of(tx, [new.token])).get(new.token, new.token)
    fields = VisitorFields(
        token,
        name=new.name,
        email=new.email,
        phone=new.phone,
        username=new.username,
        customFields=as_values(new.customFields),
    )
    # The headers are the agent's, not the visitor's.
    visitor = await register(tx, fields, {}, actor)
    contact = await locked_contact(tx, visitor.contact_id)
    if contact is not None:
        if manager is not None:
            contact["contactManager"] = manager
            await save_contact(tx, contact)
        await record(tx, actor, "contact.updated", "contact", contact["_id"], contact["name"])
    return visitor.id


async def _manager(tx: Tx, username: str) -> str:
    user = await find_by_username(tx, username)
    if user is None:
        text = f"No user found with username {username[:LONGEST_TEXT]}"
        raise Coded("error-contact-manager-not-found", text)
    if "livechat-agent" not in user["roles"]:
        text = 'The contact manager must have the role "livechat-agent"'
        raise Coded("error-invalid-contact-manager", text)
    return str(user["_id"])


async def find_contact_as_visitor(q: Reader, wanted: FindContact) -> Doc | None:
    """By all that is given. Raises Coded when that is nothing."""
    email, phone = (wanted.email or "").strip().lower(), (wanted.phone or "").strip()
    fields = await _searchable(q, wanted.custom) if wanted.custom else {}
    if not (email or phone or fields):
        raise Coded("error-invalid-params")
    return await find_as_contact(q, email, phone, fields)


async def _searchable(q: Reader, text: str) -> dict[str, str]:
    try:
        given = _decode(text)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        raise Coded("error-invalid-params-custom") from None
    known = [f for f in await all_fields(q) if f["scope"] == VISITOR and f.get("searchable")]
    return {f["_id"]: given[f["_id"]] for f in known if given.get(f["_id"])}
