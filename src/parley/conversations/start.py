"""Starting a conversation, and giving it to an agent (contract/core.md §5.2)."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.readiness import look_at_queue
from parley.clock import now
from parley.contacts.service import note_chat
from parley.conversations.verification.asking import hold
from parley.conversations.verification.rule import (
    UNKNOWN,
    UNVERIFIED,
    each_time,
    kept_from_agents,
    must_verify,
)
from parley.db import Reader, Tx
from parley.db.documents import Doc, find
from parley.errors import Coded, Refused
from parley.events import emit
from parley.events.webhooks import QUEUED as IN_QUEUE
from parley.events.webhooks import STARTED, TAKEN, tell
from parley.ids import random_id
from parley.jobs import enqueue
from parley.messages.pages import adopt_pages
from parley.messages.service import append_system
from parley.preferences.routing_method import routing_method
from parley.rooms.queues import tell_queues
from parley.rooms.service import own_room
from parley.rooms.speaker import first_speaker, give_word
from parley.rooms.store import (
    insert_inquiry,
    insert_room,
    insert_subscription,
    open_room_of,
    save_inquiry,
    save_room,
)
from parley.routing.decisions import ASSIGNED, QUEUED, note
from parley.routing.departments import choose_department
from parley.routing.external import KIND as EXTERNAL
from parley.routing.preferred import asked_agent, first_agent
from parley.routing.selection import Selection, next_bot
from parley.visitors.store import Visitor, by_token, save_visitor

Settings = Mapping[str, Any]

NO_PRIORITY = 99
NO_SLA = 9999999


async def find_open(q: Reader, token: str, room_id: str | None) -> tuple[Visitor, Doc | None]:
    """The visitor and their open room, if any; with a `room_id`, that one or nothing.

    Raises Refused `invalid-token` or `invalid-room`.
    """
    if room_id:
        visitor, room = await own_room(q, token, room_id)
        if not room.get("open"):
            raise Refused("invalid-room")
        return visitor, room
    known = await by_token(q, token)
    if known is None:
        raise Refused("invalid-token")
    return known, await open_room_of(q, known.id)


async def find_or_start(
    tx: Tx, known: Visitor, settings: Settings, source: Doc, agent_id: str | None
) -> tuple[Doc, bool]:
    """(the visitor's open room, whether this call made it). Raises Refused or Coded."""
    await tx.lock("visitors", known.id)
    visitor = await by_token(tx, known.token)
    if visitor is None:
        raise Refused("invalid-token")
    room = await open_room_of(tx, visitor.id)
    if room is not None:
        return room, False
    if not settings["Livechat_enabled"]:
        raise Coded("error-omnichannel-is-disabled")
    asked = await asked_agent(tx, settings, agent_id)
    department = await choose_department(
        tx, settings, visitor.doc.get("department"), agent_asked=asked is not None
    )
    return await begin(tx, visitor, settings, department, source, asked), True


async def begin(
    tx: Tx,
    visitor: Visitor,
    settings: Settings,
    department: str | None,
    source: Doc,
    asked: Selection | None = None,
    **more: Any,
) -> Doc:
    """A new room of the visitor, whom the caller has locked; `more` stands in it as well."""
    room = await _new_room(tx, visitor, department, source) | more
    noted = await note_chat(tx, visitor.contact_id, room)
    room["v"] |= _activity(noted.months)
    room["verified"] = noted.verified and not each_time(settings)
    if not await insert_room(tx, room):
        raise Coded("error-failed-to-start-conversation")
    await tell(tx, settings, STARTED, room)
    visitor.doc["lastChat"] = {"_id": room["_id"], "ts": room["ts"]}
    await save_visitor(tx, visitor)
    await append_system(tx, room, "livechat-started", visitor.ref, settings, token=visitor.handle)
    await route(tx, room, visitor, settings, asked)
    if room["_enforceSingleRoom"]:
        await adopt_pages(tx, room, visitor, settings)
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
    return room


async def take(tx: Tx, room: Doc, inquiry: Doc, agent: Doc, settings: Settings) -> None:
    """The agent serves the room from now on; the caller saves the room."""
    inquiry |= {"status": "taken", "takenAt": now()}
    for key in ("defaultAgent", "queuedAt", "estimatedInactivityCloseTimeAt"):
        inquiry.pop(key, None)
    await save_inquiry(tx, inquiry)
    if await insert_subscription(tx, room, agent):
        room["usersCount"] += 1
    user = await find(tx, "users", agent["_id"])
    await give_word(tx, room, user or agent)
    author = {"_id": agent["_id"], "username": agent["username"]}
    if user and user.get("name"):
        author["name"] = user["name"]
    await append_system(tx, room, "command", author, settings, "connected")
    await append_system(tx, room, "uj", author, settings)
    await emit(tx, f"user:{agent['_id']}", "subscription", {"rid": room["_id"]})
    await tell(tx, settings, TAKEN, room)


async def route(
    tx: Tx,
    room: Doc,
    visitor: Visitor,
    settings: Settings,
    asked: Selection | None = None,
    *,
    new: bool = True,
) -> None:
    """The room is given to somebody, or waits; either is noted with its reason.

    `new`: it never was before. The caller saves the room.
    """
    department = room.get("departmentId")
    if must_verify(settings, room):
        wish = _named(asked.agent) if asked and asked.agent else None
        await hold(tx, room, visitor.email, settings, wish, new=new)
        return
    decision, best = await _decide(tx, room, visitor, settings, asked)
    if decision.agent is not None:
        inquiry = await insert_inquiry(tx, room, "ready", ts=room["queuedAt"])
        await take(tx, room, inquiry, decision.agent, settings)
        await note(tx, room["_id"], ASSIGNED, decision.reason, decision.told(), new=new)
        return
    wish = {"defaultAgent": _named(best)} if best else {}
    at = room["queuedAt"]
    inquiry = await insert_inquiry(tx, room, "queued", ts=at, queuedAt=at, **wish)
    await tell_queues(tx, inquiry, department)
    await tell(tx, settings, IN_QUEUE, room)
    await note(tx, room["_id"], QUEUED, decision.reason, decision.detail, new=new)
    if routing_method(settings).outside:
        await enqueue(tx, EXTERNAL, {"roomId": room["_id"]})
    elif decision.reason == "waiting-queue":
        await look_at_queue(tx)


async def _decide(
    tx: Tx, room: Doc, visitor: Visitor, settings: Settings, asked: Selection | None
) -> tuple[Selection, Doc | None]:
    """(the decision, whom the chat waits for best if it waits)."""
    department = room.get("departmentId")
    if not (why := await kept_from_agents(tx, settings, room)):
        return await first_agent(tx, settings, visitor, department, asked)
    about = {"method": settings["Livechat_Routing_Method"]}
    return await next_bot(tx, settings, department) or Selection(None, REASONS[why], about), None


REASONS = {UNKNOWN: "unknown-contact", UNVERIFIED: "unverified-contact"}


async def _new_room(tx: Tx, visitor: Visitor, department: str | None, source: Doc) -> Doc:
    ts = now()
    room: Doc = {
        "_id": random_id(),
        "msgs": 0,
        "usersCount": 1,
        "lm": ts,
        "fname": visitor.display_name,
        "t": "l",
        "ts": ts,
    }
    if department:
        row = await find(tx, "departments", department)
        room["departmentId"] = department
        room["departmentAncestors"] = (row or {}).get("ancestors") or []
    return room | {
        "v": {
            "_id": visitor.id,
            "username": visitor.doc["username"],
            "token": visitor.handle,
            "status": visitor.doc.get("status", "online"),
        },
        "contactId": visitor.contact_id,
        "cl": False,
        "open": True,
        "waitingResponse": True,
        "verified": False,
        "source": source,
        "queuedAt": ts,
        "priorityWeight": NO_PRIORITY,
        "estimatedWaitingTimeQueue": NO_SLA,
        "_enforceSingleRoom": True,
        "speaker": first_speaker(ts),
    }


def _activity(months: list[str]) -> Doc:
    return {"activity": months} if months else {}


def _named(agent: Doc) -> Doc:
    return {"agentId": agent["_id"], "username": agent["username"]}
