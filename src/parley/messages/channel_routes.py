from typing import Any

import msgspec

from parley.clock import iso, parse
from parley.db import Database
from parley.errors import Coded, Refused
from parley.messages.answers import ListedMessages, Messages, Transfers
from parley.messages.channel import room_history, room_messages, transfer_history
from parley.messages.channel_store import Slice
from parley.messages.kinds import KINDS
from parley.messages.schemas import ChannelHistory, ChannelMessages, TransferHistory
from parley.web.envelope import Listing
from parley.web.paging import Paged, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route

DEFAULT_HISTORY = 20


async def channels_messages(db: Database, call: Call) -> Listing:
    """Messages of a room that the caller may see, newest first; `sort` by `ts`."""
    query: ChannelMessages = call.query
    order = sort_of(query, ("ts",))
    page = page_of(query, call.caller.settings)
    way = not order or order[0].descending
    what = (call.caller, query.roomId, Slice(), page)
    found = await db.scan(room_messages, *what, newest_first=way)
    counts = {"count": len(found.docs), "offset": page.offset, "total": found.total}
    return Listing("messages", ",".join(found.docs), counts)


async def channels_history(db: Database, call: Call) -> dict[str, Any]:
    """Messages of a room that the caller may see, newest first, between two dates."""
    query: ChannelHistory = call.query
    room_id = query.roomId or query.roomName
    if not room_id:
        text = 'The parameter "roomId" or "roomName" is required'
        raise Coded("error-roomid-param-not-provided", text)
    settings = call.caller.settings
    amount = DEFAULT_HISTORY if query.count is None else query.count
    wanted = Slice(
        _date("oldest", query.oldest),
        _date("latest", query.latest),
        query.inclusive == "true",
        query.showThreadMessages != "false",
        tuple(kind for kind in settings["Hide_System_Messages"] if kind in KINDS),
    )
    page = page_of(Paged(amount, query.offset), settings)
    docs = await db.read(room_history, call.caller, room_id, wanted, page)
    return {"messages": msgspec.Raw(f"[{','.join(docs)}]".encode())}


def _date(name: str, text: str | None) -> str:
    try:
        return iso(parse(text)) if text else ""
    except (ValueError, OverflowError):
        raise Refused(f'The "{name}" query parameter must be a valid date.') from None


async def transfer_history_list(db: Database, call: Call) -> Listing:
    """To whom a conversation was handed on, oldest first; `sort` by `ts`."""
    query: Paged = call.query
    order = sort_of(query, ("ts",))
    page = page_of(query, call.caller.settings)
    way = bool(order) and order[0].descending
    found = await db.read(transfer_history, call.caller, call.path["rid"], page, newest_first=way)
    counts = {"count": len(found.docs), "offset": page.offset, "total": found.total}
    return Listing("history", ",".join(found.docs), counts)


ROUTES = [
    Route(
        "GET",
        "/api/v1/channels.messages",
        channels_messages,
        Dialect.T,
        LOGIN,
        query=ChannelMessages,
        answer=ListedMessages,
        also=(403,),
    ),
    Route(
        "GET",
        "/api/v1/channels.history",
        channels_history,
        Dialect.L,
        LOGIN,
        query=ChannelHistory,
        answer=Messages,
        also=(403,),
    ),
    Route(
        "GET",
        "/api/v1/livechat/transfer.history/:rid",
        transfer_history_list,
        Dialect.L,
        ("view-livechat-rooms",),
        query=TransferHistory,
        answer=Transfers,
    ),
]
