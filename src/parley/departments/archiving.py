"""Archiving a department, and taking it back (contract/management.md §2.4)."""

from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import find
from parley.departments import store
from parley.departments.staff import save_changed
from parley.errors import Coded, Refused


async def archive(tx: Tx, actor: Actor, department_id: str) -> None:
    """Nobody is given chats there any more; those under way stay. Raises Refused."""
    await store.lock_staff(tx, [department_id])
    department = await find(tx, "departments", department_id)
    if department is None:
        raise Refused("department-not-found")
    if department.get("archived"):
        return
    department |= {"archived": True, "enabled": False}
    await store.enable_rows(tx, department_id, False)
    await save_changed(tx, department)
    await follow_hours(tx)
    name = department["name"]
    await record(tx, actor, "department.archived", "department", department_id, name)


async def unarchive(tx: Tx, actor: Actor, department_id: str) -> None:
    """The department stays disabled until it is saved enabled. Raises Coded."""
    await store.lock_staff(tx, [department_id])
    department = await find(tx, "departments", department_id)
    if department is None:
        raise Coded("department-not-found")
    if not department.get("archived"):
        return
    department["archived"] = False
    await store.enable_rows(tx, department_id, True)
    await save_changed(tx, department)
    await follow_hours(tx)
    name = department["name"]
    await record(tx, actor, "department.unarchived", "department", department_id, name)
