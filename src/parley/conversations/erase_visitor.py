"""Deleting a visitor with all they ever said (contract/core.md §4)."""

from collections.abc import Mapping
from typing import Any

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.erase import disable_contact, forget_visitor
from parley.conversations.verification.store import forget_asked_of
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Coded
from parley.events import emit
from parley.events.webhooks import forget_told_of
from parley.jobs import forget_about_rooms_of
from parley.messages.pages_store import delete_pending
from parley.messages.store import delete_messages_of
from parley.messages.uploads.erase import delete_uploads_of_visitor
from parley.rooms.queues import tell_gone
from parley.rooms.service import lock_beside, lock_open_room
from parley.rooms.store import delete_rooms_of, inquiry_of, open_rooms_beside
from parley.routing.decisions import forget_decisions_of
from parley.visitors.offline_store import erase_offline_of
from parley.visitors.store import (
    Visitor,
    blank_visitor,
    by_id,
    by_token,
    others_of_contact,
    token_hash,
)

Settings = Mapping[str, Any]


async def erase_visitor(tx: Tx, actor: Actor, token: str, settings: Settings) -> Visitor:
    """The visitor as they were. Raises Coded `invalid-token` or `visitor-has-open-rooms`."""
    # No registration and no new room meanwhile.
    await tx.lock("tokens", token)
    visitor = await by_token(tx, token)
    if visitor is None:
        raise Coded("invalid-token")
    await tx.lock("visitors", visitor.id)
    visitor = await by_id(tx, visitor.id)
    if visitor is None or visitor.token != token:
        raise Coded("invalid-token")
    room = await lock_open_room(tx, visitor.id)
    beside = await lock_beside(tx, visitor.id)
    if (room is not None or beside) and not may_erase_open(settings):
        text = "Cannot remove visitors with opened rooms"
        raise Coded("visitor-has-open-rooms", text)
    await erase(tx, actor, visitor, room)
    return visitor


def may_erase_open(settings: Settings) -> bool:
    """Whether somebody is deleted although they have an open room."""
    return bool(settings["Livechat_Allow_collect_and_store_HTTP_header_informations"])


async def erase(tx: Tx, actor: Actor, visitor: Visitor, room: Doc | None) -> None:
    """All of the visitor; the caller has locked token, visitor and open rooms, of which `room` is
    the widget's.
    """
    if room is not None:
        await _tell(tx, room)
    for beside in await open_rooms_beside(tx, visitor.id):
        await _tell(tx, beside)
    await delete_uploads_of_visitor(tx, visitor.id)
    await delete_messages_of(tx, visitor.id)
    await forget_decisions_of(tx, visitor.id)
    await forget_asked_of(tx, visitor.id)
    await forget_told_of(tx, visitor.id)
    await forget_about_rooms_of(tx, visitor.id)
    await delete_rooms_of(tx, visitor.id)
    await delete_pending(tx, token_hash(visitor.token))
    await erase_offline_of(tx, visitor.doc)
    if await others_of_contact(tx, visitor.contact_id, visitor.id):
        await forget_visitor(tx, visitor.contact_id, visitor.id)
    else:
        await disable_contact(tx, visitor.contact_id)
    await blank_visitor(tx, visitor)
    await record(tx, actor, "visitor.deleted", "visitor", visitor.id)


async def _tell(tx: Tx, room: Doc) -> None:
    """Nobody looks at a closed room's events; an open one is somebody's work."""
    await emit(tx, f"room:{room['_id']}", "deleted", {"_id": room["_id"]})
    if (inquiry := await inquiry_of(tx, room["_id"])) is not None:
        await tell_gone(tx, inquiry, room)
    if served := room.get("servedBy"):
        await emit(tx, f"user:{served['_id']}", "subscription", {"rid": room["_id"]})
