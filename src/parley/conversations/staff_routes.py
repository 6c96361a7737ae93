from typing import Any

from parley.accounts.identify import Person
from parley.accounts.roles import MANAGER
from parley.agents.people import role_of
from parley.audit.actor import by
from parley.conversations.agents import give_role, take_role
from parley.conversations.answers import MonitorMade, RoleGiven
from parley.conversations.monitors import create_monitor, delete_monitor
from parley.conversations.remove_department import remove_department
from parley.conversations.schemas import GiveRole
from parley.db import Database
from parley.departments.units.oversight import check_department
from parley.errors import Forbidden
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def agent_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a person an agent or a manager: `type` is `agent` or `manager`."""
    body: GiveRole = call.body
    _check(call.caller, call.path["type"], body.username)
    return {"user": await db.act(give_role, by(call), call.path["type"], body.username)}


async def agent_remove(db: Database, call: Call) -> dict[str, Any]:
    """Takes the role of an agent or a manager from a person; chats they serve stay theirs."""
    _check(call.caller, call.path["type"], "")
    await take_role(db, by(call), call.path["type"], call.path["_id"])
    return {}


def _check(person: Person, kind: str, username: str) -> None:
    """Who is only a monitor makes agents, but no managers, and nothing of themselves: another role
    would show them what their units do not. Raises Forbidden."""
    wide = person.may_everywhere("view-livechat-manager")
    if not wide and (role_of(kind) == MANAGER or username.casefold() == person.username.casefold()):
        raise Forbidden


async def monitor_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a person a monitor."""
    return await db.act(create_monitor, by(call), call.body.username)


async def monitor_delete(db: Database, call: Call) -> dict[str, Any]:
    """Takes the role of a monitor from a person, and all units with it."""
    await db.act(delete_monitor, by(call), call.body.username)
    return {}


async def department_remove(db: Database, call: Call) -> dict[str, Any]:
    """Removes a department for good; its rooms stay, of no department."""
    await db.read(check_department, call.caller, call.path["_id"])
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
        also=(403,),
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/users/:type/:_id",
        agent_remove,
        Dialect.L,
        ("view-livechat-manager",),
        answer=Done,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/monitors.create",
        monitor_create,
        Dialect.T,
        ("manage-livechat-monitors",),
        body=GiveRole,
        answer=MonitorMade,
    ),
    Route(
        "POST",
        "/api/v1/livechat/monitors.delete",
        monitor_delete,
        Dialect.T,
        ("manage-livechat-monitors",),
        body=GiveRole,
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
