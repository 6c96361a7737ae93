"""Saving a department, by the rules and in the order of contract/management.md §2.3."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.db.tx import Reader
from parley.departments import store
from parley.departments.schemas import DepartmentUnit, SentUnit
from parley.departments.shape import check_shape
from parley.departments.staff import Seat, put_in, save_changed
from parley.departments.units.oversight import only_oversees
from parley.departments.units.placing import asked_unit, invalid_unit, place
from parley.errors import Coded
from parley.events import emit
from parley.ids import object_id

_OURS = {"_id", "_updatedAt", "numAgents", "archived", "ancestors", "parentId"}
_NO_TAGS = (
    "At least one closing tag is required when the department requires tag(s) on closing"
    " conversations."
)
_CIRCLE = "Cannot save department. Circular reference between fallback department and department"


class Sent(NamedTuple):
    fields: Doc
    """The department as sent, unknown keys included."""
    seats: list[Seat]
    unit: SentUnit | DepartmentUnit | None = None
    """The business unit that it is in from now on; one without an id is none."""


async def create_department(
    tx: Tx, actor: Actor, person: Person, sent: Sent
) -> tuple[Doc, list[Doc]]:
    """(department, its agents). Raises Coded or Refused."""
    await store.lock_staff(tx, [])
    unit_id = await asked_unit(tx, person, sent.unit, {})
    if unit_id is None and only_oversees(person):
        # It would be in none of theirs: out of their sight as soon as it is there.
        raise invalid_unit()
    if not await creation_available(tx, person.settings):
        text = "Maximum number of departments reached"
        raise Coded("error-max-departments-number-reached", text)
    await _check(tx, sent.fields, None, None)
    department: Doc = {"_id": object_id()}
    department |= {k: v for k, v in sent.fields.items() if v is not None and k not in _OURS}
    place(department, unit_id)
    rows = await put_in(tx, department, sent.seats)
    await store.insert_department(tx, department)
    await follow_hours(tx)
    await emit(tx, f"queue:{department['_id']}", "department", {"_id": department["_id"]})
    await record(
        tx, actor, "department.created", "department", department["_id"], department["name"]
    )
    return department, rows


async def update_department(
    tx: Tx, actor: Actor, person: Person, department_id: str, sent: Sent
) -> tuple[Doc, list[Doc]]:
    """(department, all its agents). A field that is not sent stays, a null takes it away."""
    await store.lock_staff(tx, [department_id])
    stored = await find(tx, "departments", department_id)
    unit_id = await asked_unit(tx, person, sent.unit, stored or {})
    before = await _check(tx, sent.fields, department_id, stored)
    department = before | {k: v for k, v in sent.fields.items() if k not in _OURS}
    department = {k: v for k, v in department.items() if v is not None}
    if sent.unit is not None:
        place(department, unit_id)
    if department["enabled"] != before["enabled"]:
        await store.enable_rows(tx, department_id, department["enabled"])
    await put_in(tx, department, sent.seats)
    await save_changed(tx, department)
    await follow_hours(tx)
    keys = [k for k in {**before, **department} if before.get(k) != department.get(k)]
    change = {"changed": [k for k in keys if k not in _OURS or k == "parentId"]}
    await record(
        tx, actor, "department.updated", "department", department_id, department["name"], **change
    )
    return department, await store.agents_of(tx, department_id)


async def creation_available(q: Reader, settings: Mapping[str, Any]) -> bool:
    most = int(settings["Livechat_maximum_departments"])
    return most == 0 or await store.count_departments(q) < most


async def _check(tx: Tx, fields: Doc, department_id: str | None, stored: Doc | None) -> Doc:
    """Rules 4 to 9; the department as it is stored, empty for a new one."""
    if stored and stored.get("archived") and fields.get("enabled") is True:
        text = "Archived departments cant be enabled"
        raise Coded("error-archived-department-cant-be-enabled", text)
    check_shape(fields)
    if fields.get("requestTagBeforeClosingChat") and not fields.get("chatClosingTags"):
        raise Coded("error-validating-department-chat-closing-tags", _NO_TAGS)
    if department_id is not None and stored is None:
        raise Coded("error-department-not-found", "Department not found")
    fallback = fields.get("fallbackForwardDepartment")
    if fallback and fallback == department_id:
        raise Coded("error-fallback-department-circular", _CIRCLE)
    if fallback and await find(tx, "departments", fallback) is None:
        raise Coded("error-fallback-department-not-found", "Fallback department not found")
    return stored or {}
