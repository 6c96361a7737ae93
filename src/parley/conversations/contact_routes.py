from typing import Any

from parley.audit.actor import by
from parley.contacts.answers import OneContact, Settled
from parley.contacts.as_visitors import visitor_as_contact
from parley.contacts.channels import Which
from parley.contacts.schemas import (
    DeleteContact,
    SettleConflicts,
    UpdateContact,
    VerifyChannel,
    WhichChannel,
)
from parley.conversations.answers import OneVisitorAsContact, SavedContact
from parley.conversations.blocking import block, unblock
from parley.conversations.contacts import settle_conflicts, update_contact
from parley.conversations.delete_contact import delete_contact
from parley.conversations.legacy_contacts import find_contact_as_visitor, register_contact
from parley.conversations.schemas import ContactAsVisitor, FindContact, WhichVisitorContact
from parley.conversations.verification.passing import verify
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def contact_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes a contact; what is not given stays. Open chats take a new name."""
    return {"contact": await db.act(update_contact, by(call), call.body)}


async def contact_conflicts(db: Database, call: Call) -> dict[str, Any]:
    """Settles what a contact's visitors said of themselves otherwise than agents know it."""
    return {"result": await db.act(settle_conflicts, by(call), call.body)}


async def contact_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes a contact, its visitors and all their conversations, for good."""
    body: DeleteContact = call.body
    await delete_contact(db, by(call), body.contactId, call.caller.settings)
    return {}


async def contact_block(db: Database, call: Call) -> dict[str, Any]:
    """Blocks a channel of a contact: its chats are closed, and it begins no others."""
    await block(db, by(call), call.caller, _which(call.body))
    return {}


async def contact_unblock(db: Database, call: Call) -> dict[str, Any]:
    """Lets a blocked channel of a contact begin chats again."""
    await db.act(unblock, by(call), _which(call.body))
    return {}


async def contact_verify(db: Database, call: Call) -> dict[str, Any]:
    """Says that whoever comes by a contact's channel is who they say (ours).

    Chats of the channel that are `verifying` go to agents.
    """
    body: VerifyChannel = call.body
    which, field, value = _which(body), body.field or "", (body.value or "").strip()
    await db.act(verify, by(call), call.caller, which, field, value)
    return {}


def _which(body: WhichChannel | VerifyChannel) -> Which:
    source = body.visitor.source
    return Which(body.visitor.visitorId, source.type, source.id or "")


async def legacy_contact_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes a visitor, or updates the one with this token, phone number or e-mail address."""
    return {"contact": await db.act(register_contact, by(call), call.body)}


async def legacy_contact_get(db: Database, call: Call) -> dict[str, Any]:
    """A visitor by id; null where there is none."""
    return {"contact": await db.read(visitor_as_contact, call.query.contactId)}


async def legacy_contact_search(db: Database, call: Call) -> dict[str, Any]:
    """The first visitor with this e-mail address, phone number and custom fields; or null."""
    return {"contact": await db.scan(find_contact_as_visitor, call.query)}


_SEES_VISITORS = ("view-l-room",)
_UPDATE = ("update-livechat-contact",)
ROUTES = [
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.update",
        contact_update,
        Dialect.L,
        _UPDATE,
        body=UpdateContact,
        answer=OneContact,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.block",
        contact_block,
        Dialect.L,
        ("block-livechat-contact",),
        body=WhichChannel,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.unblock",
        contact_unblock,
        Dialect.L,
        ("unblock-livechat-contact",),
        body=WhichChannel,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.verify",
        contact_verify,
        Dialect.L,
        _UPDATE,
        body=VerifyChannel,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.conflicts",
        contact_conflicts,
        Dialect.L,
        _UPDATE,
        body=SettleConflicts,
        answer=Settled,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.delete",
        contact_delete,
        Dialect.T,
        ("delete-livechat-contact",),
        body=DeleteContact,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contact",
        legacy_contact_save,
        Dialect.C,
        _SEES_VISITORS,
        body=ContactAsVisitor,
        answer=SavedContact,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contact",
        legacy_contact_get,
        Dialect.C,
        _SEES_VISITORS,
        query=WhichVisitorContact,
        answer=OneVisitorAsContact,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contact.search",
        legacy_contact_search,
        Dialect.L,
        _SEES_VISITORS,
        query=FindContact,
        answer=OneVisitorAsContact,
    ),
]
