from typing import Any

from parley.db import Database
from parley.routing.answers import Explanation, NextAgent
from parley.routing.explain import explain
from parley.routing.schemas import NextTurn, WhichRoom
from parley.routing.turn import take_turn
from parley.web.route import Call, Dialect, Route


async def agent_next(db: Database, call: Call) -> dict[str, Any]:
    """The agent whose turn it is, as visitors see them; the turn counts as taken."""
    query: NextTurn = call.query
    agent = await take_turn(db, call.caller.settings, call.path["token"], query.department)
    return {} if agent is None else {"agent": agent}


async def routing_explain(db: Database, call: Call) -> dict[str, Any]:
    """Why a chat went where it went, or why it waits (ours)."""
    return await db.read(explain, call.caller, call.query.roomId)


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/agent.next/:token",
        agent_next,
        Dialect.L,
        query=NextTurn,
        answer=NextAgent,
    ),
    Route(
        "GET",
        "/api/v1/livechat/routing.explain",
        routing_explain,
        Dialect.L,
        ("view-l-room",),
        query=WhichRoom,
        answer=Explanation,
    ),
]
