from typing import Any

from parley.conversations.answers import WordPassed
from parley.conversations.hand_over import hand_over, return_to_bot
from parley.conversations.schemas import HandOver, ReturnToBot
from parley.db import Database
from parley.web.route import Call, Dialect, Route


async def room_hand_over(db: Database, call: Call) -> dict[str, Any]:
    """The bot that serves a conversation hands it over to a human, or to the queue (ours)."""
    return {"speaker": await db.act(hand_over, call.caller, call.body)}


async def room_return_to_bot(db: Database, call: Call) -> dict[str, Any]:
    """Returns a conversation to the bot that had it, or to another bot (ours)."""
    return {"speaker": await db.act(return_to_bot, call.caller, call.body)}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/room.handOver",
        room_hand_over,
        Dialect.L,
        ("view-l-room",),
        body=HandOver,
        answer=WordPassed,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.returnToBot",
        room_return_to_bot,
        Dialect.L,
        ("view-l-room",),
        body=ReturnToBot,
        answer=WordPassed,
    ),
]
