from typing import Any

from starlette.requests import cookie_parser

from parley.audit.actor import by
from parley.conversations.answers import ClosedRoom, OpenedRoom, SeveralWritten
from parley.conversations.close import VISITOR_COMMENT, close_by_user, close_by_visitor
from parley.conversations.register import register
from parley.conversations.schemas import (
    CloseByUser,
    CloseByVisitor,
    OpenRoom,
    RegisterVisitor,
    SeveralMessages,
)
from parley.conversations.several import post_several
from parley.conversations.start import find_open, find_or_start
from parley.db import Database
from parley.db.documents import Doc
from parley.visitors.answers import OneVisitor
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def visitor_register(db: Database, call: Call) -> dict[str, Any]:
    """Makes a visitor, or updates the one with this token."""
    body: RegisterVisitor = call.body
    matching = by(call) if call.caller.may("view-l-room") else None
    visitor = await db.act(register, body.visitor, _seen(call), matching)
    return {"visitor": visitor.own(visitor.doc)}


def _seen(call: Call) -> dict[str, str]:
    if not call.caller.settings["Livechat_Allow_collect_and_store_HTTP_header_informations"]:
        return {}
    seen = {"userAgent": call.header("user-agent"), "ip": call.address, "host": call.header("host")}
    return {key: value for key, value in seen.items() if value}


async def room_open(db: Database, call: Call) -> dict[str, Any]:
    """The visitor's open room; starts a conversation where there is none."""
    query: OpenRoom = call.query
    visitor, room = await db.read(find_open, query.token, query.rid)
    new = False
    if room is None:
        room, new = await db.act(
            find_or_start, visitor, call.caller.settings, _source(call), query.agentId
        )
    return {"room": visitor.own(room), "newRoom": new}


def _source(call: Call) -> Doc:
    """The widget tells itself by two cookies (contract/core.md §3.2 `source`)."""
    # Not http.cookies, which drops them all for one cookie that is not by the book.
    kinds = cookie_parser(call.header("cookie"))
    if kinds.get("rc_room_type") == "l" and kinds.get("rc_is_widget") == "t":
        return {"type": "widget", "destination": call.header("host")}
    return {"type": "api"}


async def visitor_messages(db: Database, call: Call) -> dict[str, Any]:
    """Writes messages as a visitor, who is made, and given a room, where there is none."""
    body: SeveralMessages = call.body
    texts = [message.msg for message in body.messages]
    return {
        "messages": await db.act(
            post_several, body.visitor, texts, call.caller.settings, _source(call)
        )
    }


async def room_close(db: Database, call: Call) -> dict[str, Any]:
    """Closes the conversation as the visitor."""
    body: CloseByVisitor = call.body
    await db.act(close_by_visitor, body.token, body.rid, call.caller.settings)
    return {"rid": body.rid, "comment": VISITOR_COMMENT}


async def room_close_by_user(db: Database, call: Call) -> dict[str, Any]:
    """Closes a conversation as a person, with a comment and tags."""
    await db.act(close_by_user, call.caller, call.body)
    return {}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/visitor",
        visitor_register,
        Dialect.C,
        body=RegisterVisitor,
        answer=OneVisitor,
    ),
    Route(
        "GET",
        "/api/v1/livechat/room",
        room_open,
        Dialect.C,
        query=OpenRoom,
        answer=OpenedRoom,
    ),
    Route(
        "POST",
        "/api/v1/livechat/messages",
        visitor_messages,
        Dialect.L,
        LOGIN,
        body=SeveralMessages,
        answer=SeveralWritten,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.close",
        room_close,
        Dialect.L,
        body=CloseByVisitor,
        answer=ClosedRoom,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.closeByUser",
        room_close_by_user,
        Dialect.L,
        ("close-livechat-room",),
        body=CloseByUser,
        answer=Done,
    ),
]
