from typing import Any

import msgspec

from parley.db import Database
from parley.errors import Coded, Typed
from parley.rooms.answers import OneChannel, OneRoom
from parley.rooms.schemas import WhichRoom
from parley.rooms.store import find_with_access
from parley.web.route import LOGIN, Call, Dialect, Route


async def rooms_info(db: Database, call: Call) -> dict[str, Any]:
    """A room that the caller may see, by its id."""
    return {"room": await _named(db, call)}


async def channels_info(db: Database, call: Call) -> dict[str, Any]:
    """The same room as `channel`: the name by which older clients ask."""
    return {"channel": await _named(db, call)}


async def _named(db: Database, call: Call) -> msgspec.Raw:
    wanted = call.query.roomId or call.query.roomName
    if not wanted:
        raise Coded(
            "error-roomid-param-not-provided", 'The parameter "roomId" or "roomName" is required'
        )
    # A livechat room has no name of its own, so a roomName can only be an unknown one.
    found = await db.read(find_with_access, call.caller, wanted) if call.query.roomId else None
    if found is None:
        raise Coded(
            "error-room-not-found",
            'The required "roomId" or "roomName" param provided does not match any channel',
        )
    doc, visible = found
    if not visible:
        raise Typed("not-allowed", "Not Allowed")
    return msgspec.Raw(doc.encode())


ROUTES = [
    Route(
        "GET",
        "/api/v1/rooms.info",
        rooms_info,
        Dialect.T,
        LOGIN,
        query=WhichRoom,
        answer=OneRoom,
    ),
    Route(
        "GET",
        "/api/v1/channels.info",
        channels_info,
        Dialect.T,
        LOGIN,
        query=WhichRoom,
        answer=OneChannel,
    ),
]
