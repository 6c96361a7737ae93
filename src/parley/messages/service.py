"""Storing a message and marking its room; visitor's, agent's and system messages alike.

`append` is the only way into the messages of a room; `change.py` the only way to alter or delete
one. It changes the room's dict; whoever called
it saves the room, once, however many messages the act had.
"""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.accounts.roles import BOT
from parley.agents.limits import hold
from parley.clock import now
from parley.contacts.service import note_activity
from parley.db import Tx
from parley.db.documents import Doc, decode, find
from parley.errors import Coded, Refused
from parley.events import emit
from parley.ids import object_id, random_id
from parley.jobs import enqueue
from parley.messages import store, turns
from parley.messages.attachments import check_attachments, check_fields
from parley.messages.change import change
from parley.messages.delivery import deliver
from parley.messages.index import index_new
from parley.messages.kinds import KINDS
from parley.messages.lengths import check_length, check_visitor_length
from parley.messages.schemas import AgentMessage
from parley.messages.text import describe_first, set_text
from parley.messages.threads import root_of, with_reply
from parley.messages.told import tell_message
from parley.messages.verifying import note_answer
from parley.messages.writer import person_writes, visitor_writes
from parley.preferences.routing_method import routing_method
from parley.rooms.hold import RESUMED, take_off_hold
from parley.rooms.service import own_open_room
from parley.rooms.speaker import check_word, had_word
from parley.rooms.store import find_with_access, save_room
from parley.rooms.unread import raise_unread
from parley.visitors.store import Visitor

Settings = Mapping[str, Any]

HELD = "hold-answered"
"""The job for a chat on hold whose visitor wrote while its agent could not go on with it."""


async def append(tx: Tx, room: Doc, message: Doc, settings: Settings) -> bool:
    """False, with nothing changed, when the message's `_id` is taken."""
    kind = KINDS[message.get("t")]
    if settings["Message_Read_Receipt_Enabled"]:
        message["unread"] = True
    if not await store.insert_message(tx, room, message):
        return False
    await index_new(tx, message, room["msgs"], room["v"]["_id"])
    room["msgs"] += kind.weight
    in_thread = "tmid" in message and not message.get("tshow")
    if kind.notifies and not in_thread:
        room["lm"] = message["ts"]
        if settings["Store_Last_Message"]:
            room["lastMessage"] = message
    if "t" not in message:
        await raise_unread(tx, message, settings)
    await emit(tx, f"room:{room['_id']}", "message", {"_id": message["_id"]})
    await tell_message(tx, room, message, settings)
    return True


async def append_adopted(tx: Tx, room: Doc, messages: list[Doc], settings: Settings) -> None:
    """Pages that waited for this new room, with ids of ours, by one statement for all.

    Nobody has seen the room yet, so there is nobody to tell of each.
    """
    if not messages:
        return
    for message in messages:
        if settings["Message_Read_Receipt_Enabled"]:
            message["unread"] = True
    await store.insert_messages(tx, room, messages)
    room["msgs"] += sum(KINDS[message["t"]].weight for message in messages)


async def append_system(
    tx: Tx, room: Doc, kind: str, author: Doc, settings: Settings, msg: str = "", **more: Any
) -> Doc:
    """A system message (contract/core.md §5.7); `author` is a user's or visitor's reference."""
    message: Doc = {
        "_id": object_id(),
        "rid": room["_id"],
        "t": kind,
        "ts": now(),
        "msg": msg,
        "u": author,
        "groupable": False,
        **more,
    }
    await append(tx, room, message, settings)
    return message


async def post_as_visitor(
    tx: Tx,
    token: str,
    room_id: str,
    msg: str,
    message_id: str | None,
    settings: Settings,
    more: Doc | None = None,
    *,
    opens: bool = False,
) -> tuple[Visitor, Doc]:
    """The visitor and the stored message; the same `_id` sent again gives the stored one.

    `more` goes into the message: a file. `opens`: the room was opened for this message.

    Raises Refused `invalid-token`, `invalid-room`, `room-closed`, `invalid-message`, or for the
    length.
    """
    visitor, room = await own_open_room(tx, token, room_id)
    check_visitor_length(msg, settings)
    await _refuse_deleted(tx, message_id)
    message: Doc = {
        "_id": message_id or random_id(),
        "rid": room_id,
        "msg": msg,
        "token": visitor.handle,
        **({"alias": visitor.doc["name"]} if visitor.doc.get("name") else {}),
        "ts": now(),
        "u": visitor.ref,
        **(more or {}),
        "newRoom": opens,
        "showConnecting": routing_method(settings).show_connecting,
    }
    await set_text(tx, message, msg, visitor_writes(visitor.id, room_id), settings)
    turn = message["ts"]
    if not await append(tx, room, message, settings):
        return visitor, await _stored_already(tx, message["_id"], room_id, visitor.id)
    turns.visitor_wrote(room, turn)
    await note_answer(tx, room, message, settings)
    if room.get("onHold"):
        await _answered(tx, room, visitor, settings)
    await save_room(tx, room)
    return visitor, message


async def _answered(tx: Tx, room: Doc, visitor: Visitor, settings: Settings) -> None:
    """The chat goes on if its agent can be given one now; else a job lets it wait for anybody."""
    served = (room.get("servedBy") or {}).get("_id", "")
    if await hold(tx, settings, served, room.get("departmentId")) is None:
        room["onHoldSince"] = now()
        await enqueue(tx, HELD, {"roomId": room["_id"]})
    else:
        await resume(tx, room, visitor.ref, settings, token=visitor.handle)


async def resume(tx: Tx, room: Doc, author: Doc, settings: Settings, **mark: str) -> None:
    """The chat is on hold no longer, because the author wrote or said so; the caller saves the
    room."""
    await take_off_hold(tx, room)
    comment = f"{author.get('name') or author['username']} resumed the chat"
    await append_system(tx, room, RESUMED, author, settings, comment=comment, **mark)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})


async def post_as_agent(
    tx: Tx,
    person: Person,
    sent: AgentMessage,
    more: Doc | None = None,
    previews: list[str] | None = None,
) -> Doc:
    """The stored message, with `more` in it. Raises Refused or Coded (contract/core.md §5.6)."""
    if not sent.rid:
        raise Refused("The 'rid' property on the message object is missing.")
    _check(person, sent)
    await tx.lock("rooms", sent.rid)
    found = await find_with_access(tx, person, sent.rid)
    if found is None:
        raise Refused("error-invalid-room")
    room, visible = decode(found[0]), found[1]
    if not (visible or had_word(person, room)):
        raise Refused("error-not-allowed")
    if not room.get("open"):
        raise Refused("room-closed")
    await _refuse_deleted(tx, sent.id)
    try:
        await check_word(tx, person, room, sent.speaker)
    except Coded:
        # Not too late, when it was stored in time and only its answer was lost.
        if sent.id and await store.find_message(tx, sent.id):
            return await _stored_already(tx, sent.id, sent.rid, person.user_id or "")
        raise
    message = _agent_message(person, sent, now()) | (more or {})
    describe_first(message.get("attachments") or [], person.settings)
    root = None
    if sent.tmid:
        message["tmid"], root = await _thread(tx, sent.rid, sent.tmid)
    writer = person_writes(person)
    await set_text(tx, message, message["msg"], writer, person.settings, previews)
    turn = message["ts"]
    if not await append(tx, room, message, person.settings):
        return await _stored_already(tx, message["_id"], sent.rid, person.user_id or "")
    if not (
        BOT in person.roles and person.settings["Omnichannel_Metrics_Ignore_Automatic_Messages"]
    ):
        turns.agent_answered(room, turn)
    turns.agent_wrote(room, message["u"], turn)
    await deliver(tx, room, message)
    await _note_activity(tx, room, turn[:7])
    if room.get("onHold"):
        await _went_on(tx, room, person)
    if root is not None:
        await change(tx, room, root, with_reply(root, message), person.settings)
    await save_room(tx, room)
    return message


async def _went_on(tx: Tx, room: Doc, person: Person) -> None:
    """Where the agent who serves the chat may have no other now, it stays on hold."""
    served = (room.get("servedBy") or {}).get("_id", "")
    where, there = room.get("departmentId"), served == person.user_id
    if await hold(tx, person.settings, served, where, there=there) is not None:
        await resume(tx, room, person.ref, person.settings)


def _check(person: Person, sent: AgentMessage) -> None:
    if sent.tshow and not sent.tmid:
        raise Coded("invalid-params", "tshow provided but missing tmid")
    if (sent.alias or sent.avatar) and not person.may("message-impersonate"):
        raise Refused("Not enough permission")
    check_length(sent.msg or "", person.settings)
    if sent.attachments is not None:
        check_attachments(sent.attachments)
    if sent.customFields is not None:
        check_fields(sent.customFields, person.settings)


def _agent_message(person: Person, sent: AgentMessage, ts: str) -> Doc:
    message: Doc = {"_id": sent.id or object_id(), "rid": sent.rid, "msg": sent.msg or "", "ts": ts}
    message["u"] = person.ref
    for key in ("alias", "emoji", "avatar", "attachments", "tmid", "tshow", "customFields"):
        if (value := getattr(sent, key)) is not None:
            message[key] = value
    return message


async def _thread(tx: Tx, room_id: str, message_id: str) -> tuple[str, Doc | None]:
    """The message that a thread hangs on: an answer to an answer is one to the first.

    None beside its id when it was deleted.
    """
    parent = await store.find_message(tx, message_id)
    if parent is None or parent["rid"] != room_id or parent.get("_hidden"):
        raise Refused("invalid-message")
    if "tmid" in parent:
        return parent["tmid"], await root_of(tx, parent)
    return message_id, parent


async def _refuse_deleted(tx: Tx, message_id: str | None) -> None:
    """A message that is sent again after somebody deleted it does not come back."""
    if message_id and await store.was_deleted(tx, message_id):
        raise Refused("invalid-message")


async def _stored_already(tx: Tx, message_id: str, room_id: str, author_id: str) -> Doc:
    # Rocket.Chat hands out whatever message has the id, another visitor's too.
    message = await find(tx, "messages", message_id)
    if message is None or message["rid"] != room_id or message["u"]["_id"] != author_id:
        raise Refused("invalid-message")
    return message


async def _note_activity(tx: Tx, room: Doc, month: str) -> None:
    """The contact counts as active in the month an agent first answers (management.md §14.4)."""
    months = room["v"].setdefault("activity", [])
    if month not in months:
        months.append(month)
        await note_activity(tx, room["contactId"], month)
