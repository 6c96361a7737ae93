from typing import Any

from parley.audit.actor import by
from parley.conversations.agents import give_role, take_role
from parley.conversations.answers import RoleGiven
from parley.conversations.remove_department import remove_department
from parley.conversations.schemas import GiveRole
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def agent_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a person an agent or a manager: `type` is `agent` or `manager`."""
    body: GiveRole = call.body
    return {"user": await db.act(give_role, by(call), call.path["type"], body.username)}


async def agent_remove(db: Database, call: Call) -> dict[str, Any]:
    """Takes the role of an agent or a manager from a person; chats they serve stay theirs."""
    await take_role(db, by(call), call.path["type"], call.path["_id"])
    return {}


async def department_remove(db: Database, call: Call) -> dict[str, Any]:
    """Removes a department for good; its rooms stay, of no department."""
    await db.act(remove_department, by(call), call.path["_id"], call.caller.settings)
    return {}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/users/:type",
        agent_create,
        Dialect.L,
        ("view-livechat-manager",),
        body=GiveRole,
        answer=RoleGiven,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/users/:type/:_id",
        agent_remove,
        Dialect.L,
        ("view-livechat-manager",),
        answer=Done,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/department/:_id",
        department_remove,
        Dialect.L,
        ("manage-livechat-departments", "remove-livechat-department"),
        answer=Done,
    ),
]
