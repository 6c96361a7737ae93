"""Who works in a department (contract/management.md §2.1, §2.2).

Each act takes the department, locked by `store.lock_staff`, and saves it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from parley.accounts.people_store import usernames
from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.departments import store
from parley.errors import Coded
from parley.events import emit
from parley.ids import object_id

LARGEST = 2**31 - 1


class Seat(NamedTuple):
    """`count`: chats they were given there, `order`: whose turn it is first; as sent."""

    agent_id: str
    count: Any = None
    order: Any = None


async def change_staff(
    tx: Tx, actor: Actor, department_id: str, seats: list[Seat], leave: list[str]
) -> None:
    """Raises Coded for no department."""
    await store.lock_staff(tx, [department_id])
    department = await find(tx, "departments", department_id)
    if department is None:
        raise Coded("error-department-not-found", "Department not found")
    gone = await take_out(tx, department, leave)
    put = await put_in(tx, department, seats)
    if put or gone:
        await save_changed(tx, department)
        await follow_hours(tx)
        who = {"added": [row["agentId"] for row in put], "removed": gone}
        what = "department.agents"
        await record(tx, actor, what, "department", department_id, department["name"], **who)


async def put_in(tx: Tx, department: Doc, seats: Iterable[Seat]) -> list[Doc]:
    """The rows, in the order asked for. Unknown people are skipped, the last mention of somebody
    counts, and the username is the person's own; who is there already starts anew.
    """
    wanted = {seat.agent_id: seat for seat in seats}
    names = await usernames(tx, list(wanted)) if wanted else {}
    if not names:
        return []
    before = await store.rows_of(tx, department["_id"], list(names))
    rows = []
    for seat in (seat for key, seat in wanted.items() if key in names):
        row = before.get(seat.agent_id) or _new_row(department, seat.agent_id)
        row["username"] = names[seat.agent_id]
        row["count"], row["order"] = counted(seat.count), counted(seat.order)
        row["departmentEnabled"] = department["enabled"]
        rows.append(row)
    await store.save_rows(tx, rows)
    for row in rows:
        await _tell(tx, row["agentId"], row, "updated" if row["agentId"] in before else "inserted")
    department["numAgents"] = await store.count_agents(tx, department["_id"])
    return rows


def _new_row(department: Doc, agent_id: str) -> Doc:
    return {
        "_id": object_id(),
        "departmentId": department["_id"],
        "agentId": agent_id,
        "username": "",
        "count": 0,
        "order": 0,
    }


async def take_out(tx: Tx, department: Doc, agent_ids: list[str]) -> list[str]:
    """Ids of those who worked there, and no longer do."""
    gone = await store.delete_rows(tx, department["_id"], agent_ids) if agent_ids else []
    for row in gone:
        await _tell(tx, row["agentId"], row, "removed")
    if gone:
        department["numAgents"] = await store.count_agents(tx, department["_id"])
    return [row["agentId"] for row in gone]


async def work_in(tx: Tx, user: Doc, wanted: list[str], current: list[str]) -> Doc:
    """Somebody works in these departments and in no other; which they joined and left. The caller
    has locked them all, and the person. Departments that are not there are passed over.
    """
    change: dict[str, list[str]] = {"joined": [], "left": []}
    for department_id in sorted({*wanted} ^ {*current}):
        department = await find(tx, "departments", department_id)
        if department is None:
            continue
        if department_id in wanted:
            change["joined"].append(department_id)
            await put_in(tx, department, [Seat(user["_id"])])
        else:
            change["left"].append(department_id)
            await take_out(tx, department, [user["_id"]])
        await save_changed(tx, department)
    return {key: ids for key, ids in change.items() if ids}


async def leave_departments(tx: Tx, agent_id: str) -> None:
    """Somebody works in none any longer. The caller has `store.lock_departments_of`."""
    for department_id in await store.departments_of(tx, agent_id):
        department = await find(tx, "departments", department_id)
        # A row whose department vanished in an earlier version goes as well.
        await take_out(tx, department or {"_id": department_id}, [agent_id])
        if department is not None:
            await save_changed(tx, department)


async def save_changed(tx: Tx, department: Doc) -> None:
    await store.save_department(tx, department)
    await emit(tx, f"queue:{department['_id']}", "department", {"_id": department["_id"]})


async def _tell(tx: Tx, agent_id: str, row: Doc, action: str) -> None:
    doc = {"_id": row["_id"], "agentId": agent_id, "departmentId": row["departmentId"]}
    await emit(tx, f"user:{agent_id}", "department-agent", doc | {"action": action})


def counted(value: Any) -> int:
    """A count or an order as sent: 0 where it is no whole number, or a negative one."""
    try:
        number = int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
    return min(max(0, number), LARGEST)
