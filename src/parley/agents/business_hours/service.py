"""Saving and removing business hours (contract/management.md §5.2)."""

from parley.accounts.working_hours import follow_hours
from parley.agents.business_hours import store
from parley.agents.business_hours.schemas import SaveHours, Shift
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.departments.staff import save_changed
from parley.departments.store import lock_staff
from parley.errors import Refused
from parley.ids import object_id
from parley.zones import find_zone

DEFAULT, CUSTOM = "default", "custom"
MOST = 100
"""Custom ones."""


async def save_hours(tx: Tx, actor: Actor, new: SaveHours) -> None:
    """Raises Refused. The default one is saved by its id only."""
    _check(new)
    if new.type == DEFAULT and not new.id:
        return
    wanted = _ids(new.departmentsToApplyBusinessHour) if new.type == CUSTOM else []
    departments = await _locked(tx, new.id or "", wanted)
    known = {hour["_id"]: hour for hour in await store.all_hours(tx)}
    if new.id and (known.get(new.id) or {}).get("type") != new.type:
        raise Refused("error-business-hour-not-found")
    if not new.id and len(known) > MOST:
        raise Refused("error-too-many-business-hours")
    hour = known[new.id] if new.id else {"_id": object_id(), "ts": now(), "type": CUSTOM}
    hour |= _fields(new)
    await store.put_hour(tx, hour)
    await _apply(tx, hour["_id"], departments, wanted)
    await _note(tx, actor, "business-hours.saved", hour)


async def remove_hours(tx: Tx, actor: Actor, hour_id: str, kind: str) -> None:
    """Departments that kept it follow the default one; that one itself is never removed."""
    if kind != CUSTOM or hour_id == store.DEFAULT_ID:
        return
    departments = await _locked(tx, hour_id, [])
    hour = await find(tx, "business_hours", hour_id)
    if hour is None:
        return
    await store.delete_hour(tx, hour_id)
    await _apply(tx, hour_id, departments, [])
    await _note(tx, actor, "business-hours.removed", hour)


def _check(new: SaveHours) -> None:
    if new.type not in (DEFAULT, CUSTOM):
        raise Refused("error-invalid-business-hour-type")
    if find_zone(new.timezoneName) is None:
        raise Refused("error-invalid-timezone")
    for shift in new.workHours:
        # Of local times: what they are in UTC may lie in another week.
        start, finish = shift.start[:5], shift.finish[:5]
        if finish == start:
            raise Refused("error-business-hour-finish-time-equals-start-time")
        if finish < start:
            raise Refused("error-business-hour-finish-time-before-start-time")


def _ids(comma_list: str) -> list[str]:
    ids = [each.strip() for each in comma_list.split(",")]
    found = [each for each in dict.fromkeys(ids) if each]
    if len(found) > MOST:
        raise Refused("error-too-many-departments")
    return found


async def _locked(tx: Tx, hour_id: str, wanted: list[str]) -> list[Doc]:
    """The departments that keep the hours, or are to; theirs and the hours' locks are held."""
    await lock_staff(tx, [])
    kept = (await store.departments_by_hour(tx)).get(hour_id, []) if hour_id else []
    ids = sorted({*kept, *wanted})
    await lock_staff(tx, ids)
    await tx.lock("settings", "business-hours")
    found = [await find(tx, "departments", department_id) for department_id in ids]
    return [department for department in found if department is not None]


def _fields(new: SaveHours) -> Doc:
    return {
        "name": new.name,
        "active": new.active,
        "timezone": {"name": new.timezoneName},
        "daysOpen": list(new.daysOpen),
        "workHours": [_shift(shift) for shift in new.workHours],
        "_updatedAt": now(),
    }


def _shift(shift: Shift) -> Doc:
    return {
        "day": shift.day,
        "open": shift.open,
        "start": {"time": shift.start[:5]},
        "finish": {"time": shift.finish[:5]},
    }


async def _apply(tx: Tx, hour_id: str, departments: list[Doc], wanted: list[str]) -> None:
    """A department keeps the hours of one; those that are not wanted follow the default."""
    for department in departments:
        before = department.get("businessHourId")
        if department["_id"] in wanted:
            department["businessHourId"] = hour_id
        elif before == hour_id:
            del department["businessHourId"]
        if department.get("businessHourId") != before:
            await save_changed(tx, department)


async def _note(tx: Tx, actor: Actor, what: str, hour: Doc) -> None:
    await follow_hours(tx)
    await record(tx, actor, what, "business-hours", hour["_id"], hour["name"] or hour["type"])
