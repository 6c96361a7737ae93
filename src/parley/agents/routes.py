from typing import Any

from parley.agents.answers import Readiness
from parley.agents.schemas import AgentStatus
from parley.agents.service import set_agent_status
from parley.db import Database
from parley.web.route import Call, Dialect, Route


async def agent_status(db: Database, call: Call) -> dict[str, Any]:
    """Says whether an agent can be given chats; without `status` it toggles."""
    body: AgentStatus = call.body
    return {"status": await db.act(set_agent_status, call.caller, body.agentId, body.status)}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/agent.status",
        agent_status,
        Dialect.L,
        ("view-l-room",),
        body=AgentStatus,
        answer=Readiness,
        also=(404,),
    ),
]
