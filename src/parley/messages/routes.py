from typing import Any

from parley.clock import iso, parse
from parley.db import Database
from parley.errors import Coded, Refused
from parley.messages.answers import Messages, OneMessage, Posted
from parley.messages.kinds import KINDS
from parley.messages.schemas import (
    AgentMessage,
    PostMessage,
    RoomHistory,
    SendMessage,
    VisitorMessage,
)
from parley.messages.service import own_history, post_as_agent, post_as_visitor
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
    return {"message": await db.act(post_as_agent, call.caller, body.message)}


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
        ),
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
