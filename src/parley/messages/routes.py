from typing import Any

from parley.clock import iso, parse
from parley.db import Database
from parley.errors import Coded, Refused
from parley.messages.answers import Messages, OneDeletedOwn, OneMessage, OneOwnMessage, Posted
from parley.messages.edit import delete_as_visitor, edit_as_visitor
from parley.messages.kinds import KINDS
from parley.messages.reading import own_history, own_message
from parley.messages.schemas import (
    AgentMessage,
    EditOwnMessage,
    OwnMessage,
    PostMessage,
    RoomHistory,
    SendMessage,
    VisitorMessage,
)
from parley.messages.service import post_as_agent, post_as_visitor
from parley.rooms.store import find_room
from parley.web.paging import Paged, page_of
from parley.web.route import LOGIN, Call, Dialect, Route

DEFAULT_HISTORY = 20


async def visitor_message(db: Database, call: Call) -> dict[str, Any]:
    """Writes as the visitor. An `_id` that is sent again gives the stored message."""
    body: VisitorMessage = call.body
    visitor, message = await db.act(
        post_as_visitor, body.token, body.rid, body.msg, body.id, call.caller.settings
    )
    return {"message": visitor.own(message)}


async def messages_history(db: Database, call: Call) -> dict[str, Any]:
    """Messages of the visitor's own room, newest first; `end` is a date to read back from."""
    query: RoomHistory = call.query
    if not query.token:
        raise Refused("error-token-param-not-provided")
    settings = call.caller.settings
    wanted = query.count if query.count is not None else query.limit
    amount = Paged(wanted if wanted is not None else DEFAULT_HISTORY, query.offset)
    page = page_of(amount, settings)
    before = _end(query.end)
    hidden = [kind for kind in settings["Hide_System_Messages"] if kind in KINDS]
    visitor, docs = await db.read(
        own_history, query.token, call.path["rid"], hidden, before, page.limit, page.offset
    )
    return {"messages": visitor.own(f"[{','.join(docs)}]")}


async def own_message_get(db: Database, call: Call) -> dict[str, Any]:
    """A message of the visitor's own room."""
    query: OwnMessage = call.query
    visitor, message = await db.read(own_message, query.token, query.rid, call.path["_id"])
    return {"message": visitor.own(message)}


async def own_message_edit(db: Database, call: Call) -> dict[str, Any]:
    """Changes what the visitor wrote."""
    body: EditOwnMessage = call.body
    visitor, message = await db.act(
        edit_as_visitor, body.token, body.rid, call.path["_id"], body.msg, call.caller.settings
    )
    return {"message": visitor.own(message)}


async def own_message_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes what the visitor wrote."""
    body: OwnMessage = call.body
    key = call.path["_id"]
    at = await db.act(delete_as_visitor, body.token, body.rid, key, call.caller.settings)
    return {"message": {"_id": key, "ts": at}}


def _end(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise Refused('The "end" query parameter must be a valid date.') from None


async def send_message(db: Database, call: Call) -> dict[str, Any]:
    """Writes into a room as a person."""
    body: SendMessage = call.body
    if body.message.t is not None:
        raise Refused("Cannot send system messages using 'chat.sendMessage'")
    message = await db.act(post_as_agent, call.caller, body.message, None, body.previewUrls)
    return {"message": message}


async def post_message(db: Database, call: Call) -> dict[str, Any]:
    """Writes into a room as a person; `channel` is a room's id too."""
    body: PostMessage = call.body
    target = body.roomId or body.channel
    if not target or await db.read(find_room, target) is None:
        raise Coded("invalid-channel")
    message = await db.act(
        post_as_agent,
        call.caller,
        AgentMessage(
            rid=target,
            msg=body.text,
            tmid=body.tmid,
            alias=body.alias,
            emoji=body.emoji,
            avatar=body.avatar,
            attachments=body.attachments,
            customFields=body.customFields,
            speaker=body.speaker,
        ),
        None,
        [] if body.parseUrls is False else None,
    )
    at = int(parse(message["ts"]).timestamp() * 1000)
    return {"ts": at, "channel": target, "message": message}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/message",
        visitor_message,
        Dialect.L,
        body=VisitorMessage,
        answer=OneMessage,
    ),
    Route(
        "GET",
        "/api/v1/livechat/messages.history/:rid",
        messages_history,
        Dialect.L,
        query=RoomHistory,
        answer=Messages,
    ),
    Route(
        "GET",
        "/api/v1/livechat/message/:_id",
        own_message_get,
        Dialect.L,
        query=OwnMessage,
        answer=OneOwnMessage,
    ),
    Route(
        "PUT",
        "/api/v1/livechat/message/:_id",
        own_message_edit,
        Dialect.L,
        body=EditOwnMessage,
        answer=OneMessage,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/message/:_id",
        own_message_delete,
        Dialect.L,
        body=OwnMessage,
        answer=OneDeletedOwn,
    ),
    Route(
        "POST",
        "/api/v1/chat.sendMessage",
        send_message,
        Dialect.T,
        LOGIN,
        body=SendMessage,
        answer=OneMessage,
    ),
    Route(
        "POST",
        "/api/v1/chat.postMessage",
        post_message,
        Dialect.T,
        LOGIN,
        body=PostMessage,
        answer=Posted,
    ),
]
