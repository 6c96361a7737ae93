from typing import Any

from parley.db import Database
from parley.history.schemas import ChatHistory
from parley.history.service import chat_history
from parley.web.envelope import Listing
from parley.web.route import Call, Dialect, Route


async def visitors_chat_history(db: Database, call: Call) -> Listing:
    history = await chat_history(
        db, call.caller, call.path["roomId"], call.path["visitorId"], call.query
    )
    counts: dict[str, Any] = {
        "count": history.shown,
        "offset": history.offset,
        "total": history.total,
    }
    if history.next is not None:
        counts["cursor"] = {"next": history.next}
    return Listing("history", history.rooms, counts)


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/visitors.chatHistory/room/:roomId/visitor/:visitorId",
        visitors_chat_history,
        Dialect.L,
        ("view-l-room",),
        query=ChatHistory,
    ),
]
