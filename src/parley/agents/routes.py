from typing import Any

from parley.agents import people
from parley.agents.answers import AgentsListed, OneAgentOrManager, Readiness, Seats
from parley.agents.save_info import save_agent
from parley.agents.schemas import AgentStatus, ListAgents, ListSeats, SaveAgent
from parley.agents.service import set_agent_status
from parley.audit.actor import by
from parley.db import Database
from parley.departments.store import seats_of
from parley.errors import Forbidden
from parley.web.answers import Done
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route

_MAY_LIST = {
    "agent": ("transfer-livechat-guest", "edit-omnichannel-contact"),
    "manager": ("view-livechat-manager",),
}


async def agent_status(db: Database, call: Call) -> dict[str, Any]:
    """Says whether an agent can be given chats; without `status` it toggles."""
    body: AgentStatus = call.body
    return {"status": await db.act(set_agent_status, call.caller, body.agentId, body.status)}


async def agent_list(db: Database, call: Call) -> dict[str, Any]:
    """Agents or managers by name: `type` is `agent` or `manager`."""
    query: ListAgents = call.query
    role = people.role_of(call.path["type"])
    if not call.caller.may(*_MAY_LIST[call.path["type"]]):
        raise Forbidden
    page = page_of(query, call.caller.settings)
    columns = people.SORTABLE
    order = order_by(sort_of(query, columns) or [SortKey("name", False)], columns)
    wanted = people.Wanted(
        role,
        query.text or "",
        bool(query.onlyAvailable),
        query.excludeId or "",
        query.showIdleAgents is not False,
    )
    users, total = await db.scan(people.list_people, wanted, order, page.limit, page.offset)
    return {"users": users, "count": len(users), "offset": page.offset, "total": total}


async def agent_info(db: Database, call: Call) -> dict[str, Any]:
    """An agent or a manager, null for whoever is none."""
    return {"user": await db.read(people.one_of, call.path["type"], call.path["_id"])}


async def agent_departments(db: Database, call: Call) -> dict[str, Any]:
    """The departments that an agent works in."""
    enabled_only = call.query.enabledDepartmentsOnly == "true"
    return {"departments": await db.read(seats_of, call.path["agentId"], enabled_only)}


async def agent_save_info(db: Database, call: Call) -> dict[str, Any]:
    """Says what holds for an agent, and in which departments they work."""
    body: SaveAgent = call.body
    what = (body.agentId, body.agentData, body.agentDepartments)
    await db.act(save_agent, by(call), call.caller, *what)
    return {}


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
    Route(
        "GET",
        "/api/v1/livechat/users/:type",
        agent_list,
        Dialect.L,
        LOGIN,
        query=ListAgents,
        answer=AgentsListed,
        also=(403,),
    ),
    Route(
        "GET",
        "/api/v1/livechat/users/:type/:_id",
        agent_info,
        Dialect.L,
        ("view-livechat-manager",),
        answer=OneAgentOrManager,
    ),
    Route(
        "GET",
        "/api/v1/livechat/agents/:agentId/departments",
        agent_departments,
        Dialect.L,
        ("view-l-room",),
        query=ListSeats,
        answer=Seats,
    ),
    Route(
        "POST",
        "/api/v1/livechat/agents.saveInfo",
        agent_save_info,
        Dialect.T,
        ("manage-livechat-agents",),
        body=SaveAgent,
        answer=Done,
    ),
]
