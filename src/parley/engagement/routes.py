from typing import Any

from parley.db import Database
from parley.engagement.answers import OfflineMessageSent
from parley.engagement.offline import leave_message
from parley.engagement.schemas import OfflineMessage
from parley.web.route import Call, Dialect, Route


async def offline_message(db: Database, call: Call) -> dict[str, Any]:
    """Leaves a message that is mailed to the department, or to the office."""
    await db.act(leave_message, call.body, call.caller.settings)
    return {"message": "Livechat offline message sent"}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/offline.message",
        offline_message,
        Dialect.L,
        body=OfflineMessage,
        answer=OfflineMessageSent,
    ),
]
