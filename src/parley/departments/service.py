"""Saving a department, by the rules and in the order of contract/management.md §2.3."""

from typing import Any

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find, save
from parley.departments import store
from parley.departments.schemas import DepartmentAgent, SaveDepartment
from parley.errors import Coded, Refused
from parley.events import emit
from parley.ids import object_id

_OURS = {"_id", "_updatedAt", "numAgents", "archived", "ancestors", "parentId"}
_LISTS = {"chatClosingTags", "departmentsAllowedToForward"}


async def create_department(
    tx: Tx, actor: Actor, new: SaveDepartment, fields: Doc
) -> tuple[Doc, list[Doc]]:
    """(department, its agents). `fields` is the department as sent, unknown keys included."""
    if new.departmentUnit is not None and new.departmentUnit.id is not None:
        # There are no units yet, so no id can name one.
        raise Coded("error-invalid-department-unit", "Invalid department unit id provided")
    _check_unknown(fields)
    if new.department.requestTagBeforeClosingChat and not new.department.chatClosingTags:
        raise Coded(
            "error-validating-department-chat-closing-tags",
            "At least one closing tag is required when the department requires tag(s) on closing"
            " conversations.",
        )
    fallback = new.department.fallbackForwardDepartment
    if fallback and await find(tx, "departments", fallback) is None:
        raise Coded("error-fallback-department-not-found", "Fallback department not found")
    department: Doc = {"_id": object_id()}
    department |= {k: v for k, v in fields.items() if v is not None and k not in _OURS}
    agents = await _agents(tx, department, new.agents or [])
    if agents:
        department["numAgents"] = len(agents)
    await store.insert_department(tx, department)
    await emit(tx, f"queue:{department['_id']}", "department", {"_id": department["_id"]})
    await record(
        tx, actor, "department.created", "department", department["_id"], department["name"]
    )
    return department, agents


def _check_unknown(fields: Doc) -> None:
    for key, value in fields.items():
        if not (key in _LISTS or value is None or isinstance(value, str | bool | int)):
            raise Refused(f"Match error: Expected string, number or boolean in field {key}")


async def _agents(tx: Tx, department: Doc, wanted: list[DepartmentAgent]) -> list[Doc]:
    """Unknown users are skipped; the username is the user's own."""
    agents: list[Any] = []
    for agent in wanted:
        user = await find(tx, "users", agent.agentId)
        if user is not None:
            agents.append(
                await store.add_agent(tx, department, user, agent.count or 0, agent.order or 0)
            )
    return [agent for agent in agents if agent is not None]


async def leave_departments(tx: Tx, agent_id: str) -> None:
    """Somebody works in none any longer; each counts one less. The caller holds their locks."""
    for department_id in await store.delete_agent(tx, agent_id):
        department = await find(tx, "departments", department_id)
        if department is None:
            continue
        if "numAgents" in department:
            department["numAgents"] = max(0, department["numAgents"] - 1)
            await save(tx, "departments", department)
        await emit(tx, f"queue:{department_id}", "department", {"_id": department_id})
