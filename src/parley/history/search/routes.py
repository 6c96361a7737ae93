from typing import Any

from parley.db import Database
from parley.history.search.answers import FoundChats, FoundMessages
from parley.history.search.schemas import SearchChats, SearchMessages
from parley.history.search.service import search_chats, search_messages
from parley.web.route import Call, Dialect, Route


async def visitors_search_chats(db: Database, call: Call) -> dict[str, Any]:
    """A visitor's conversations in which something was said, newest first.

    Case and accents do not matter. `roomId` opens the door as in visitors.chatHistory, and what is
    found is a part of what that lists.
    """
    path = call.path
    return await search_chats(db, call.caller, path["roomId"], path["visitorId"], call.query)


async def messages_search(db: Database, call: Call) -> dict[str, Any]:
    """What was ever written in rooms that the caller may see, newest first (ours)."""
    return await search_messages(db, call.caller, call.query)


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/visitors.searchChats/room/:roomId/visitor/:visitorId",
        visitors_search_chats,
        Dialect.L,
        ("view-l-room",),
        query=SearchChats,
        answer=FoundChats,
    ),
    Route(
        "GET",
        "/api/v1/livechat/messages.search",
        messages_search,
        Dialect.T,
        ("view-l-room",),
        query=SearchMessages,
        answer=FoundMessages,
    ),
]
