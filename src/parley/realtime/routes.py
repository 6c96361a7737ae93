from parley.db import Database
from parley.errors import Forbidden
from parley.realtime.answers import LASTS, Told
from parley.realtime.following import Frames, follow, poll
from parley.realtime.hub import PERMISSION
from parley.realtime.reader import PersonReader, Reader, VisitorReader
from parley.realtime.schemas import FollowEvents
from parley.realtime.service import Realtime
from parley.rooms.service import own_room
from parley.web.errors import NotLoggedIn
from parley.web.route import Call, Dialect, Route


async def events(db: Database, call: Call) -> Frames:
    """What happens, as Server-Sent Events: in order, and nothing missed between two connections.

    For persons with `view-l-room` the rooms that they may see, their queues and themselves; for a
    visitor the room `rid`. Each event's `id` is where to go on from (`since`, or the header
    `Last-Event-ID`), in any process and for 7 days. Without it, or with an older one, a snapshot
    comes first.
    """
    query: FollowEvents = call.query
    realtime: Realtime = call.realtime
    reader = await _reader(db, call)
    since = query.since or call.header("last-event-id")
    if query.wait == 0:
        return poll(realtime.hub, reader, since)
    realtime.hub.admit(reader)
    return follow(realtime.hub, realtime.presence, reader, since, query.wait)


async def _reader(db: Database, call: Call) -> Reader:
    query: FollowEvents = call.query
    token = query.token or call.header("x-visitor-token")
    if token:
        visitor, room = await db.read(own_room, token, query.rid or "")
        return VisitorReader(token, visitor.id, room["_id"])
    if call.caller.user_id is None:
        raise NotLoggedIn
    if not call.caller.may(PERMISSION):
        raise Forbidden
    return PersonReader(call.caller)


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/events",
        events,
        Dialect.T,
        query=FollowEvents,
        answer=Told,
        lasts=LASTS,
        also=(401, 403),
    ),
]
