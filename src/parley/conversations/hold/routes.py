from typing import Any

from parley.conversations.hold.placing import place
from parley.conversations.hold.resuming import resume_by_person
from parley.conversations.hold.schemas import WhichRoomOnHold
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def room_on_hold(db: Database, call: Call) -> dict[str, Any]:
    """Places a conversation on hold: it does not count for its agent until somebody writes."""
    await db.act(place, call.caller, call.body)
    return {}


async def room_resume_on_hold(db: Database, call: Call) -> dict[str, Any]:
    """Resumes a conversation that is on hold."""
    await db.act(resume_by_person, call.caller, call.body)
    return {}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/room.onHold",
        room_on_hold,
        Dialect.L,
        ("on-hold-livechat-room",),
        body=WhichRoomOnHold,
        answer=Done,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.resumeOnHold",
        room_resume_on_hold,
        Dialect.L,
        ("view-l-room",),
        body=WhichRoomOnHold,
        answer=Done,
        also=(403,),
    ),
]
