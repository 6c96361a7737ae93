"""Closing a conversation, by either side (contract/core.md §5.3)."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.accounts.readiness import look_at_queue
from parley.agents.business_hours.following import worked_between
from parley.clock import now
from parley.conversations.schemas import CloseByUser
from parley.conversations.transcripts.pdf import PERMISSION as PDF
from parley.conversations.transcripts.pdf import order_pdf
from parley.conversations.transcripts.requests import order_at_close, settle_request
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.events import emit
from parley.events.webhooks import CLOSED, tell
from parley.messages import turns
from parley.messages.service import append_system
from parley.messages.store import first_of_agents_after
from parley.rooms.hold import not_held
from parley.rooms.queues import tell_gone
from parley.rooms.service import own_open_room
from parley.rooms.speaker import check_word, had_word
from parley.rooms.store import (
    delete_inquiry,
    delete_subscription,
    delete_subscriptions,
    find_room,
    inquiry_of,
    save_room,
    subscribed,
)
from parley.rooms.visibility import may_in

Settings = Mapping[str, Any]

VISITOR_COMMENT = "Closed by visitor"
DEACTIVATED_COMMENT = "Agent deactivated"
BLOCKED_COMMENT = "This channel has been blocked"
UNVERIFIED_COMMENT = "Closed by the server: the contact was not verified"
FORGOTTEN_COMMENT = "Closed by the server: nobody took the chat in time"
CAT = {"_id": "rocket.cat", "username": "rocket.cat"}


async def close_by_visitor(tx: Tx, token: str, room_id: str, settings: Settings) -> None:
    if not settings["Omnichannel_allow_visitors_to_close_conversation"]:
        raise Refused("error-not-allowed-to-close-conversation")
    visitor, room = await own_open_room(tx, token, room_id)
    tags = await _tags(tx, room, [], needed=False)
    mark = {"token": visitor.handle}
    await _close(tx, room, "visitor", visitor.ref, VISITOR_COMMENT, tags, settings, mark)


async def close_by_user(tx: Tx, person: Person, wanted: CloseByUser) -> None:
    """Raises Refused: contract/core.md §5.3. Coded as `check_word`."""
    await tx.lock("rooms", wanted.rid)
    room = await find_room(tx, wanted.rid)
    if room is None:
        raise Refused("error-invalid-room")
    mine = await subscribed(tx, room["_id"], person.user_id or "")
    may = mine or await may_in(tx, person, "close-others-livechat-room", room["_id"])
    if not may and not had_word(person, room):
        raise Refused("error-not-authorized")
    settings = person.settings
    if not room.get("open"):
        force = wanted.forceClose and settings["Omnichannel_allow_force_close_conversations"]
        if not force:
            raise Refused("error-room-already-closed")
        if not may:
            raise Refused("error-not-authorized")
        await _clear(tx, room)
        return
    await check_word(tx, person, room, wanted.speaker)
    if wanted.generateTranscriptPdf and not person.may(PDF):
        # Better no close than a transcript that is promised and never made.
        raise Refused("error-transcript-not-available")
    comment = wanted.comment or ""
    if settings["Livechat_request_comment_when_closing_conversation"] and not comment.strip():
        raise Refused("error-comment-is-required")
    tags = await _tags(tx, room, wanted.tags or [], needed=True)
    if wanted.transcriptEmail is not None:
        await settle_request(tx, person, room, wanted.transcriptEmail)
    await _close(tx, room, "user", person.ref, comment, tags, settings, {})
    if wanted.generateTranscriptPdf:
        await order_pdf(tx, room["_id"], person.user_id or "")


async def _clear(tx: Tx, room: Doc) -> None:
    """A room that is closed already is not closed again: what still leads to it is taken away."""
    inquiry = await inquiry_of(tx, room["_id"])
    await delete_inquiry(tx, room["_id"])
    gone = await delete_subscriptions(tx, room["_id"])
    if gone:
        room["usersCount"] -= len(gone)
        await save_room(tx, room)
    for subscription in gone:
        await emit(tx, f"user:{subscription['u']['_id']}", "subscription", {"rid": room["_id"]})
    if inquiry is not None:
        await tell_gone(tx, inquiry, room)


async def _tags(tx: Tx, room: Doc, given: list[str], *, needed: bool) -> list[str]:
    """The call's, the room's and the department's closing tags, each once.

    `needed`: refuses to close without a tag of one's own where the department asks for one.
    """
    own = [tag for tag in (*given, *room.get("tags", [])) if tag.strip()]
    department = await find(tx, "departments", room.get("departmentId", ""))
    closing = (department or {}).get("chatClosingTags") or []
    asked = department is not None and department.get("requestTagBeforeClosingChat")
    if needed and asked and closing and not own:
        raise Refused("error-tags-must-be-assigned-before-closing-chat")
    return list(dict.fromkeys([*own, *closing]))


async def _close(
    tx: Tx,
    room: Doc,
    closer: str,
    author: Doc,
    comment: str,
    tags: list[str],
    settings: Settings,
    mark: Doc,
) -> None:
    at = now()
    before = room.get("lastMessage") or {}
    del room["open"]
    not_held(room)
    room |= {
        "closedAt": at,
        "closer": closer,
        "closedBy": {"_id": author["_id"], "username": author["username"]},
    }
    room["v"]["status"] = "offline"
    if tags:
        room["tags"] = tags
    turns.closed(room, at)
    inquiry = await inquiry_of(tx, room["_id"])
    await delete_inquiry(tx, room["_id"])
    gone = await delete_subscriptions(tx, room["_id"])
    room["usersCount"] -= len(gone)
    mark = {"transcriptRequested": await order_at_close(tx, room, settings), **mark}
    room["closingMessage"] = await append_system(
        tx, room, "livechat-close", author, settings, comment, **mark
    )
    if settings["Livechat_enable_transcript"] and not settings["Livechat_transcript_send_always"]:
        await append_system(tx, room, "command", author, settings, "promptTranscript")
    if closer == "user" and "token" not in before:
        await _note_inactivity(tx, room, at, settings)
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
    await tell(tx, settings, CLOSED, room)
    if inquiry is not None:
        await tell_gone(tx, inquiry, room)
    for subscription in gone:
        await emit(tx, f"user:{subscription['u']['_id']}", "subscription", {"rid": room["_id"]})
    if "servedBy" in room:
        await look_at_queue(tx)


async def _note_inactivity(tx: Tx, room: Doc, at: str, settings: Settings) -> None:
    """How long the visitor had left an agent's answer standing (contract/core.md §3.3); of business
    hours, where there are any, only the open ones count."""
    spoke = room["v"].get("lastMessageTs")
    answer = await first_of_agents_after(tx, room["_id"], spoke) if spoke else None
    if answer is not None:
        spent = await worked_between(tx, settings, room.get("departmentId"), answer["ts"], at)
        room["metrics"]["visitorInactivity"] = int(spent)


async def close_for_agent(tx: Tx, room: Doc, comment: str, settings: Settings) -> None:
    """The clock closes an open room, in the name of who serves or last answered it; the caller has
    locked it."""
    agent = room.get("servedBy") or room["responseBy"]
    user = await find(tx, "users", agent["_id"])
    tags = await _tags(tx, room, [], needed=False)
    await _close(tx, room, "user", _named(user or agent), comment, tags, settings, {})


async def close_blocked(tx: Tx, room: Doc, person: Person) -> None:
    """An open room whose visitor is blocked now; the caller has locked it."""
    tags = await _tags(tx, room, [], needed=False)
    await _close(tx, room, "user", person.ref, BLOCKED_COMMENT, tags, person.settings, {})


async def close_unverified(tx: Tx, room: Doc, settings: Settings) -> None:
    """An open room whose contact was not verified; the caller has locked it."""
    tags = await _tags(tx, room, [], needed=False)
    await _close(tx, room, "user", CAT, UNVERIFIED_COMMENT, tags, settings, {})


async def close_forgotten(tx: Tx, room_id: str, before: str, settings: Settings) -> None:
    """A chat that has waited since before that moment, and waits still, is closed."""
    await tx.lock("rooms", room_id)
    room, inquiry = await find_room(tx, room_id), await inquiry_of(tx, room_id)
    if room is None or not room.get("open") or inquiry is None:
        return
    if inquiry["status"] == "queued" and inquiry["queuedAt"] < before:
        tags = await _tags(tx, room, [], needed=False)
        await _close(tx, room, "user", CAT, FORGOTTEN_COMMENT, tags, settings, {})


async def leave_chat(tx: Tx, user_id: str, room_id: str, settings: Settings) -> None:
    """Who is inactive or gone takes part no longer; a chat they serve is closed in their name."""
    await tx.lock("rooms", room_id)
    user = await find(tx, "users", user_id)
    if user is not None and user.get("active"):
        return
    subscription = await delete_subscription(tx, room_id, user_id)
    room = await find_room(tx, room_id)
    if subscription is None or room is None:
        return
    room["usersCount"] -= 1
    if room.get("open") and (room.get("servedBy") or {}).get("_id") == user_id:
        tags = await _tags(tx, room, [], needed=False)
        author = _named(user or subscription["u"])
        await _close(tx, room, "user", author, DEACTIVATED_COMMENT, tags, settings, {})
    else:
        await save_room(tx, room)
        await emit(tx, f"room:{room_id}", "room", {"_id": room_id})
    await emit(tx, f"user:{user_id}", "subscription", {"rid": room_id})


def _named(user: Doc) -> Doc:
    """How messages and rooms name a person; without `name` where only the username is left."""
    return {key: user[key] for key in ("_id", "username", "name") if key in user}
