from typing import Any

from parley.db import Database
from parley.rooms.answers import ListedRooms, SourceFilters
from parley.rooms.list_store import SORTABLE, list_rooms, sources
from parley.rooms.listing import wanted_rooms
from parley.rooms.schemas import ListRooms
from parley.web.envelope import Listing
from parley.web.paging import SortKey, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route


async def rooms_list(db: Database, call: Call) -> Listing:
    """Conversations by many filters, newest first.

    Without `view-livechat-rooms`, `agents` must name the caller alone. `createdAt` and `closedAt`
    are JSON objects of `start` and `end`; `roomName` finds a part of the name, in double quotes the
    whole name; `sort` is a JSON object of `ts`, `lm`, `closedAt`, `_updatedAt`, `msgs`, `fname`,
    `departmentId` or `open` to 1 or -1.
    """
    query: ListRooms = call.query
    wanted = wanted_rooms(query, call.caller)
    page = page_of(query, call.caller.settings)
    order = sort_of(query, SORTABLE) or [SortKey("ts", True)]
    rooms = await db.scan(list_rooms, call.caller, wanted, order, page)
    counts = {"count": rooms.shown, "offset": page.offset, "total": rooms.total}
    return Listing("rooms", rooms.docs or b"", counts)


async def rooms_filters(db: Database, call: Call) -> dict[str, Any]:
    """The kinds of source that conversations have come in by."""
    return {"filters": [{"type": name} for name in await db.read(sources)]}


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/rooms",
        rooms_list,
        Dialect.L,
        LOGIN,
        query=ListRooms,
        answer=ListedRooms,
        also=(403,),
    ),
    Route(
        "GET",
        "/api/v1/livechat/rooms/filters",
        rooms_filters,
        Dialect.L,
        ("view-l-room",),
        answer=SourceFilters,
    ),
]
