"""What an office says of an agent: limits, and where they work (contract/management.md §1.2)."""

from parley.accounts.identify import Person
from parley.accounts.roles import AGENT
from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, encode, find, save
from parley.departments.staff import work_in
from parley.departments.store import lock_departments_of
from parley.departments.units.oversight import check_department
from parley.errors import Refused, Typed
from parley.events import emit

LONGEST = 10_000
"""Characters of `agentData`, encoded."""


async def save_agent(
    tx: Tx, actor: Actor, person: Person, agent_id: str, data: Doc, departments: list[str]
) -> None:
    """`data` replaces all that was said before. Raises Refused for nobody, or no agent; Coded for a
    department that the caller does not see."""
    current = await lock_departments_of(tx, agent_id, *departments)
    await tx.lock("users", agent_id)
    user = await find(tx, "users", agent_id)
    if user is None or AGENT not in user["roles"]:
        raise Refused("error-user-is-not-agent")
    await check_department(tx, person, *({*departments} ^ {*current}))
    user["livechat"] = {key: value for key, value in data.items() if value is not None}
    if len(encode(user["livechat"])) > LONGEST:
        raise Typed("agentData is too long", "invalid-params")
    await save(tx, "users", user)
    change = await work_in(tx, user, departments, current)
    await follow_hours(tx)
    await emit(tx, f"user:{agent_id}", "updated", {"_id": agent_id})
    await record(tx, actor, "agent.saved", "user", agent_id, user["username"], **change)
