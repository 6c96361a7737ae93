"""Registering a visitor (contract/core.md §4).

A visitor who registers is recognised by token only. Rocket.Chat also matches phone and e-mail, and
so hands a stranger's conversations to whoever types the address; here only those callers may do so
who can read them anyway.
"""

from collections.abc import Mapping

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.contacts.custom_fields import put_on_contact
from parley.contacts.service import contact_for, follow_visitor
from parley.conversations.custom_fields import put_on_open_room
from parley.conversations.schemas import VisitorFields
from parley.db import Tx
from parley.db.documents import Doc
from parley.departments.store import find_by_id_or_name
from parley.errors import Coded, Refused
from parley.ids import handle, object_id
from parley.preferences.service import next_guest_number
from parley.rooms.store import rename_open
from parley.visitors.fields import Chosen, check_required, chosen, put
from parley.visitors.store import (
    LONGEST_TOKEN,
    Visitor,
    by_email,
    by_id,
    by_phone,
    by_token,
    insert_visitor,
    save_visitor,
)

LONGEST_ID = 64
LONGEST_TEXT = 255
"""Of a name or an address, which stand in every message: what is longer is cut."""


async def register(
    tx: Tx, fields: VisitorFields, seen: Mapping[str, str], matching: Actor | None = None
) -> Visitor:
    """Makes the visitor or updates the one with this token.

    `seen` is what the request's headers told (userAgent, ip, host), kept for new visitors only.
    `matching`: a person who may also find the visitor by phone or e-mail (contract/core.md §4).
    """
    if not fields.token.strip() or len(fields.token) > LONGEST_TOKEN:
        raise Coded("error-invalid-token", "Token cannot be empty")
    department = await _department(tx, fields.department)
    # Two registrations of one new token at once: the second finds what the first has made.
    await tx.lock("tokens", fields.token)
    values, asked = await chosen(tx, fields.customFields or [], unknown_too=True)
    visitor, token = await by_token(tx, fields.token), fields.token
    if visitor is None and matching is not None:
        visitor, token = await _match(tx, fields, matching)
    if visitor is not None:
        await tx.lock("visitors", visitor.id)
        visitor = await by_id(tx, visitor.id)
    if visitor is None:
        return await _new(tx, fields, department, seen, values, asked)
    visitor.token = token
    check_required(asked, values.visitor, visitor.doc)
    _describe(visitor.doc, fields, department)
    put(visitor.doc, values.visitor)
    await save_visitor(tx, visitor)
    if fields.name and fields.name.strip():
        await rename_open(tx, visitor.id, visitor.display_name)
    await put_on_open_room(tx, visitor.id, values.room)
    await follow_visitor(tx, visitor.contact_id, visitor.doc)
    await put_on_contact(tx, visitor.contact_id, values.visitor)
    return visitor


async def _match(tx: Tx, fields: VisitorFields, person: Actor) -> tuple[Visitor | None, str]:
    """(the visitor with this phone, or else this e-mail address; their token from now on)."""
    phone, email, token = _text(fields.phone), _text(fields.email).lower(), fields.token
    visitor = await by_phone(tx, phone) if phone else None
    if visitor is not None:
        token = visitor.token
    elif email:
        visitor = await by_email(tx, email)
    if visitor is not None:
        await record(tx, person, "visitor.matched", "visitor", visitor.id)
    return visitor, token


async def _department(tx: Tx, id_or_name: str | None) -> str | None:
    if not id_or_name:
        return None
    department = await find_by_id_or_name(tx, id_or_name)
    if department is None:
        raise Refused("error-invalid-department")
    return str(department["_id"])


async def _new(
    tx: Tx,
    fields: VisitorFields,
    department: str | None,
    seen: Mapping[str, str],
    values: Chosen,
    asked: list[Doc],
) -> Visitor:
    given = _text(fields.id)
    username = _text(fields.username) or f"guest-{await next_guest_number(tx)}"
    doc: Doc = {
        "_id": given or object_id(),
        "username": username,
        "token": handle(),
        "status": "online",
        "ts": now(),
        **seen,
    }
    _describe(doc, fields, department)
    check_required(asked, values.visitor, doc)
    put(doc, values.visitor)
    visitor = Visitor(doc, fields.token, await contact_for(tx, doc))
    if len(given) > LONGEST_ID or not await insert_visitor(tx, visitor):
        code = "error-livechat-visitor-registration"
        raise Coded(code, "Error registering visitor")
    await put_on_contact(tx, visitor.contact_id, values.visitor)
    return visitor


def _describe(doc: Doc, fields: VisitorFields, department: str | None) -> None:
    """What the visitor says of themself; a blank value changes nothing."""
    if name := _text(fields.name):
        doc["name"] = name
    if email := _text(fields.email).lower():
        doc["visitorEmails"] = [{"address": email}]
    if phone := _text(fields.phone):
        doc["phone"] = [{"phoneNumber": phone}]
    if department:
        doc["department"] = department


def _text(value: str | None) -> str:
    return (value or "").strip()[:LONGEST_TEXT]
