"""What persons do with messages that are there: read, change, delete, react, sync."""

from typing import Any

import msgspec

from parley.clock import moment
from parley.db import Database
from parley.errors import Coded, Refused, Typed
from parley.messages.answers import Conversation, DeletedMessage, OneMessage, Synced
from parley.messages.edit import delete_as_person, edit_as_person
from parley.messages.reactions import react
from parley.messages.reading import conversation, message_for, sync
from parley.messages.schemas import (
    DeleteMessage,
    React,
    RoomMessages,
    SyncMessages,
    UpdateMessage,
    WhichMessage,
)
from parley.messages.store import with_file
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def chat_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes what a message says."""
    return {"message": await db.act(edit_as_person, call.caller, call.body)}


async def chat_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes a message, named by itself or by its file."""
    body: DeleteMessage = call.body
    if body.fileId and not body.msgId:
        where = await db.scan(with_file, body.fileId) or ("", body.fileId)
        body = DeleteMessage(roomId=where[0], msgId=where[1], asUser=body.asUser)
    elif not (body.roomId and body.msgId):
        missing = "msgId" if body.roomId else "roomId"
        raise Typed(f"must have required property '{missing}'", "invalid-params")
    message = await db.act(delete_as_person, call.caller, body)
    what = {key: message[key] for key in ("_id", "rid", "u")}
    return {"_id": message["_id"], "ts": str(int(moment().timestamp() * 1000)), "message": what}


async def chat_get_message(db: Database, call: Call) -> dict[str, Any]:
    """A message of a room that the caller may see."""
    wanted: WhichMessage = call.query
    if not wanted.msgId:
        raise Refused('The "msgId" query parameter must be provided.')
    return {"message": await db.read(message_for, call.caller, wanted.msgId)}


async def chat_react(db: Database, call: Call) -> dict[str, Any]:
    """Puts an emoji under a message as oneself, or takes it away."""
    body: React = call.body
    emoji = body.emoji or body.reaction
    if not body.messageId:
        raise _missing("messageId")
    if not emoji:
        raise _missing("emoji")
    await db.act(react, call.caller, body.messageId, emoji, body.shouldReact)
    return {}


def _missing(name: str) -> Coded:
    text = f'The required "{name}" param is missing.'
    return Coded(f"error-{name.lower()}-param-not-provided", text)


async def chat_sync_messages(db: Database, call: Call) -> dict[str, Any]:
    """What changed in a room: messages written or changed since, and which were deleted."""
    query: SyncMessages = call.query
    found = await db.scan(sync, call.caller, query)
    result: dict[str, Any] = {"updated": _raw(found.updated), "deleted": found.deleted}
    if found.cursor is not None:
        result["cursor"] = found.cursor
    return {"result": result}


async def room_messages(db: Database, call: Call) -> dict[str, Any]:
    """What was said in a room, newest first: what people wrote, and the closing comment."""
    docs, total, page = await db.scan(conversation, call.caller, call.path["rid"], call.query)
    counts = {"offset": page.offset, "count": page.limit, "total": total}
    return {"messages": _raw(docs), **counts}


def _raw(docs: list[str]) -> msgspec.Raw:
    return msgspec.Raw(f"[{','.join(docs)}]".encode())


ROUTES = [
    Route(
        "POST",
        "/api/v1/chat.update",
        chat_update,
        Dialect.T,
        LOGIN,
        body=UpdateMessage,
        answer=OneMessage,
    ),
    Route(
        "POST",
        "/api/v1/chat.delete",
        chat_delete,
        Dialect.T,
        LOGIN,
        body=DeleteMessage,
        answer=DeletedMessage,
    ),
    Route(
        "GET",
        "/api/v1/chat.getMessage",
        chat_get_message,
        Dialect.T,
        LOGIN,
        query=WhichMessage,
        answer=OneMessage,
    ),
    Route("POST", "/api/v1/chat.react", chat_react, Dialect.T, LOGIN, body=React, answer=Done),
    Route(
        "GET",
        "/api/v1/chat.syncMessages",
        chat_sync_messages,
        Dialect.T,
        LOGIN,
        query=SyncMessages,
        answer=Synced,
    ),
    Route(
        "GET",
        "/api/v1/livechat/:rid/messages",
        room_messages,
        Dialect.L,
        ("view-l-room",),
        query=RoomMessages,
        answer=Conversation,
    ),
    # As Rocket.Chat's own description spells it.
    Route(
        "GET",
        "/api/v1/livechat/messages/:rid",
        room_messages,
        Dialect.L,
        ("view-l-room",),
        query=RoomMessages,
        answer=Conversation,
    ),
]
