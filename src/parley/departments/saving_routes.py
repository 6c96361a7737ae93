from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.departments.answers import SavedDepartment
from parley.departments.archiving import archive, unarchive
from parley.departments.saving import Sent, create_department, update_department
from parley.departments.schemas import ChangeAgents, ChangeDepartment, SaveDepartment
from parley.departments.staff import Seat, change_staff
from parley.departments.units.oversight import check_department
from parley.errors import Refused
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route

_MANAGE = "manage-livechat-departments"
_ADD = "add-livechat-department-agents"


async def department_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a department, with the people who work in it."""
    body: SaveDepartment = call.body
    sent = Sent(call.raw["department"], _seats(body.agents), body.departmentUnit)
    department, agents = await db.act(create_department, by(call), call.caller, sent)
    return {"department": department, "agents": agents}


async def department_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes a department; people are added only by who may add them."""
    body: ChangeDepartment = call.body
    if not call.caller.may(_MANAGE):
        raise Refused("error-not-allowed")
    key = call.path["_id"]
    await db.read(check_department, call.caller, key)
    seats = _seats(body.agents) if call.caller.may(_ADD) else []
    sent = Sent(body.department, seats, body.departmentUnit)
    department, agents = await db.act(update_department, by(call), call.caller, key, sent)
    return {"department": department, "agents": agents}


async def department_change_agents(db: Database, call: Call) -> dict[str, Any]:
    """Adds people to a department and takes others out; who is there already starts anew."""
    body: ChangeAgents = call.body
    gone = [agent.agentId for agent in body.remove]
    await db.read(check_department, call.caller, call.path["_id"])
    await db.act(change_staff, by(call), call.path["_id"], _seats(body.upsert), gone)
    return {}


def _seats(agents: Any) -> list[Seat]:
    return [Seat(agent.agentId, agent.count, agent.order) for agent in agents or []]


async def department_archive(db: Database, call: Call) -> dict[str, Any]:
    """Archives a department: it is given no more chats, and leaves the lists."""
    await db.read(check_department, call.caller, call.path["_id"])
    await db.act(archive, by(call), call.path["_id"])
    return {}


async def department_unarchive(db: Database, call: Call) -> dict[str, Any]:
    """Takes a department back from the archive; it stays disabled."""
    await db.read(check_department, call.caller, call.path["_id"])
    await db.act(unarchive, by(call), call.path["_id"])
    return {}


_L = Dialect.L

ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/department",
        department_create,
        _L,
        (_MANAGE,),
        body=SaveDepartment,
        answer=SavedDepartment,
    ),
    Route(
        "PUT",
        "/api/v1/livechat/department/:_id",
        department_update,
        Dialect.C,
        (_MANAGE, _ADD),
        body=ChangeDepartment,
        answer=SavedDepartment,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department/:_id/agents",
        department_change_agents,
        _L,
        (_MANAGE, _ADD),
        body=ChangeAgents,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department/:_id/archive",
        department_archive,
        _L,
        (_MANAGE,),
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department/archive/:_id",
        department_archive,
        _L,
        (_MANAGE,),
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department/:_id/unarchive",
        department_unarchive,
        _L,
        (_MANAGE,),
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department/unarchive/:_id",
        department_unarchive,
        _L,
        (_MANAGE,),
        answer=Done,
    ),
]
