"""Visitors and rooms of channels that are not the widget: a phone number, a mail address.

Such a visitor is known by that address alone. One who told the address to the widget is somebody
else until an agent makes them one: their token would open what came over the channel. No page has
the token of a visitor who is made here.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.clock import now
from parley.contacts.channels import refuse_blocked
from parley.conversations.register import register
from parley.conversations.schemas import VisitorFields
from parley.conversations.sla.of_room import renew
from parley.conversations.start import begin, route
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Coded
from parley.events import emit
from parley.ids import auth_token
from parley.rooms.speaker import begin_anew
from parley.routing.departments import choose_department
from parley.visitors.store import Visitor, by_id

Settings = Mapping[str, Any]


class Known(NamedTuple):
    """By what a channel knows somebody, and what it knows of them besides."""

    channel: str
    address: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    username: str | None = None


async def visitor_of(tx: Tx, who: Known) -> Visitor:
    """The visitor, locked; made where there is none. Raises Refused or Coded."""
    found = await known_visitor(tx, who)
    if found is not None:
        return found
    visitor = await register(tx, _fields(who), {})
    await tx.rows(
        "INSERT INTO channel_visitors (id, visitor_id) VALUES ($1, $2)"
        " ON CONFLICT (id) DO UPDATE SET visitor_id = excluded.visitor_id",
        _key(who),
        visitor.id,
    )
    await tx.lock("visitors", visitor.id)
    return visitor


async def known_visitor(tx: Tx, who: Known) -> Visitor | None:
    """The visitor, locked; None for somebody new."""
    # Two messages of somebody new at once: the second finds whom the first has made.
    await tx.lock("tokens", _key(who))
    found = await tx.value("SELECT visitor_id FROM channel_visitors WHERE id = $1", _key(who))
    if found is None:
        return None
    await tx.lock("visitors", found)
    return await by_id(tx, found)


def _key(who: Known) -> str:
    return hashlib.sha256(f"{who.channel}:{who.address}".encode()).hexdigest()


def _fields(who: Known) -> VisitorFields:
    return VisitorFields(
        token=auth_token(),
        name=who.name,
        email=who.email,
        phone=who.phone,
        username=who.username,
    )


async def begin_beside(
    tx: Tx,
    visitor: Visitor,
    settings: Settings,
    department: str | None,
    source: Doc,
    **more: Any,
) -> Doc:
    """A new room beside the widget's. Raises Coded or Refused."""
    if not settings["Livechat_enabled"]:
        raise Coded("error-omnichannel-is-disabled")
    wanted = await choose_department(tx, settings, department, agent_asked=False)
    more["_enforceSingleRoom"] = False
    return await begin(tx, visitor, settings, wanted, source, None, **more)


async def reopen(tx: Tx, room: Doc, visitor: Visitor, settings: Settings) -> None:
    """A closed room is open again, and given to somebody or in the queue; the caller has locked the
    visitor and the room. Its past, and what was counted of it, stays. Raises Blocked.
    """
    await refuse_blocked(tx, visitor.contact_id, visitor.id)
    for key in ("closedAt", "closer", "closedBy", "closingMessage", "responseBy"):
        room.pop(key, None)
    await begin_anew(tx, room)
    room |= {"open": True, "waitingResponse": True, "queuedAt": now()}
    room["v"]["status"] = "online"
    department = room.get("departmentId")
    if department and await find(tx, "departments", department) is None:
        room.pop("departmentId")
    await renew(tx, room)
    await route(tx, room, visitor, settings, new=False)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
