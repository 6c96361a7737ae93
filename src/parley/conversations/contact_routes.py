from typing import Any

from parley.audit.actor import by
from parley.contacts.answers import OneContact, Settled
from parley.contacts.schemas import SettleConflicts, UpdateContact
from parley.conversations.contacts import settle_conflicts, update_contact
from parley.db import Database
from parley.web.route import Call, Dialect, Route


async def contact_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes a contact; what is not given stays. Open chats take a new name."""
    return {"contact": await db.act(update_contact, by(call), call.body)}


async def contact_conflicts(db: Database, call: Call) -> dict[str, Any]:
    """Settles what a contact's visitors said of themselves otherwise than agents know it."""
    return {"result": await db.act(settle_conflicts, by(call), call.body)}


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
        "/api/v1/omnichannel/contacts.conflicts",
        contact_conflicts,
        Dialect.L,
        _UPDATE,
        body=SettleConflicts,
        answer=Settled,
    ),
]
