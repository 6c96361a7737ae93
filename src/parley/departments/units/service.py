"""Rules of business units (contract/management.md §15).

Who oversees what changes in one act: whoever loses a department sees its rooms no more from the
next statement on, and whoever listens is told (`units` of a person, `department` of its queue).
"""

from parley.accounts.people_store import by_ids
from parley.accounts.roles import MONITOR
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc
from parley.departments.shape import LONGEST_NAME
from parley.departments.store import departments_by_ids, lock_staff, save_departments
from parley.departments.units import store
from parley.departments.units.placing import place
from parley.departments.units.schemas import SaveUnit
from parley.errors import Coded, NotFound, Refused
from parley.events import emit
from parley.ids import object_id


async def create_unit(tx: Tx, actor: Actor, wanted: SaveUnit) -> Doc:
    """The unit, counted. Raises Refused or Coded."""
    monitors, departments = _asked(wanted)
    unit: Doc = {"_id": object_id(), "name": "", "visibility": "", "type": "u"}
    await lock_staff(tx, departments)
    await _check_monitors(tx, monitors)
    _describe(unit, wanted)
    await store.insert_unit(tx, unit)
    await _put(tx, unit, monitors, departments)
    return await _done(tx, actor, "unit.created", unit)


async def update_unit(tx: Tx, actor: Actor, unit_id: str, wanted: SaveUnit) -> Doc:
    """The unit, counted. Raises NotFound, Refused or Coded."""
    monitors, departments = _asked(wanted)
    unit = await _locked(tx, unit_id, departments)
    await _check_monitors(tx, monitors)
    _describe(unit, wanted)
    await store.save_unit(tx, unit)
    await _put(tx, unit, monitors, departments)
    return await _done(tx, actor, "unit.updated", unit)


async def remove_unit(tx: Tx, actor: Actor, unit_id: str) -> None:
    """Its departments are free, and its monitors oversee them no more. Raises NotFound."""
    unit = await _locked(tx, unit_id, [])
    await _put(tx, unit, [], [])
    await store.delete_unit(tx, unit_id)
    await record(tx, actor, "unit.deleted", "unit", unit_id, unit["name"])


async def _locked(tx: Tx, unit_id: str, departments: list[str]) -> Doc:
    """The unit, locked with the departments that it has or gets."""
    await lock_staff(tx, [])
    await lock_staff(tx, [*await store.departments_in(tx, unit_id), *departments])
    unit = await store.find_unit(tx, unit_id)
    if unit is None:
        raise NotFound("Unit not found")
    return unit


def _asked(wanted: SaveUnit) -> tuple[list[str], list[str]]:
    """Ids of monitors and departments, each once."""
    monitors = list(dict.fromkeys(each.monitorId for each in wanted.unitMonitors))
    departments = list(dict.fromkeys(each.departmentId for each in wanted.unitDepartments))
    for name, ids in (("unitMonitors", monitors), ("unitDepartments", departments)):
        if len(ids) > store.MOST:
            raise Refused(f"Match error: Failed Match.Where validation in field {name}")
    return monitors, departments


def _describe(unit: Doc, wanted: SaveUnit) -> None:
    name = wanted.unitData.name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused("Match error: Failed Match.Where validation in field unitData.name")
    unit |= {"name": name, "visibility": wanted.unitData.visibility}


async def _check_monitors(tx: Tx, monitors: list[str]) -> None:
    people = await by_ids(tx, monitors)
    if {user["_id"] for user in people if MONITOR in user["roles"]} != set(monitors):
        text = "Somebody who is to oversee the unit is no monitor"
        raise Coded("error-invalid-monitor", text)


async def _put(tx: Tx, unit: Doc, monitors: list[str], departments: list[str]) -> None:
    """These and no others; the caller has locked all departments that change."""
    unit_id = unit["_id"]
    before = await store.monitors_in(tx, unit_id)
    await store.take_monitors(tx, unit_id, [each for each in before if each not in monitors])
    await store.put_monitors(tx, unit_id, [each for each in monitors if each not in before])
    for user_id in sorted({*before} ^ {*monitors}):
        await emit(tx, f"user:{user_id}", "units", {"_id": unit_id})
    await _move(tx, unit_id, departments)


async def _move(tx: Tx, unit_id: str, departments: list[str]) -> None:
    before = await store.departments_in(tx, unit_id)
    changed = sorted({*before} ^ {*departments})
    found = {each["_id"]: each for each in await departments_by_ids(tx, changed)}
    if len(found) < len(changed):
        raise Coded("error-department-not-found", "Department not found")
    for key in changed:
        if key in before:
            place(found[key], None)
        elif found[key].get("parentId"):
            text = f"{found[key]['name']} is in another unit"
            raise Coded("error-department-in-another-unit", text)
        else:
            place(found[key], unit_id)
    await save_departments(tx, list(found.values()))
    for key in changed:
        await emit(tx, f"queue:{key}", "department", {"_id": key})


async def _done(tx: Tx, actor: Actor, what: str, unit: Doc) -> Doc:
    await record(tx, actor, what, "unit", unit["_id"], unit["name"])
    return await store.unit_shown(tx, unit["_id"]) or unit
