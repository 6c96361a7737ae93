"""Removing a department for good (contract/management.md §2.4).

It is gone in one act, with its agents' rows and the fallbacks that led to it. A job, which does a
little at a time so that nobody waits for it, clears its rooms, the visitors who wanted it and its
tags of it, and deletes its canned responses.
"""

from typing import Any

from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.canned_responses.saving import forget_department as forget_responses
from parley.clock import later, now
from parley.conversations.start import Settings
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.db.tx import Reader
from parley.departments import store
from parley.departments.staff import save_changed
from parley.errors import Refused
from parley.events import emit
from parley.jobs import enqueue
from parley.rooms.queues import tell_queues
from parley.rooms.removal_store import rooms_of_department
from parley.rooms.store import find_room, inquiry_of, save_inquiry, save_room
from parley.rooms.subscription_store import save_subscription, taking_part
from parley.tags.saving import forget_department as leave_tags
from parley.visitors.store import by_id, save_visitor, wanting

KIND = "department-removed"
BATCHES = 100
"""Of one job; it leaves the rest to the next."""
LAST_LOOK_SECONDS = 60
"""Chats that began while it was removed were committed by then."""


async def remove_department(tx: Tx, actor: Actor, department_id: str, settings: Settings) -> None:
    """Raises Refused."""
    if not settings["Omnichannel_enable_department_removal"]:
        raise Refused("error-department-removal-disabled")
    await store.lock_staff(tx, [])
    leading = await store.falling_back_to(tx, department_id)
    await store.lock_staff(tx, [department_id, *(each["_id"] for each in leading)])
    department = await find(tx, "departments", department_id)
    if department is None:
        raise Refused("error-department-not-found")
    for row in await store.delete_rows(tx, department_id):
        doc = {key: row[key] for key in ("_id", "agentId", "departmentId")}
        await emit(tx, f"user:{row['agentId']}", "department-agent", doc | {"action": "removed"})
    await store.delete_department(tx, department_id)
    await follow_hours(tx)
    for each in leading:
        # Read before its lock: who works there may have changed since.
        other = await find(tx, "departments", each["_id"])
        if other is not None:
            other.pop("fallbackForwardDepartment", None)
            await save_changed(tx, other)
    await emit(tx, f"queue:{department_id}", "department", {"_id": department_id})
    name = department["name"]
    await record(tx, actor, "department.deleted", "department", department_id, name)
    doc = {"department": department_id}
    await enqueue(tx, KIND, doc)
    await enqueue(tx, KIND, doc, run_at=later(now(), seconds=LAST_LOOK_SECONDS))


async def clear_department(db: Database, doc: dict[str, Any]) -> None:
    """The job."""
    department_id = str(doc["department"])
    for forget in (forget_responses, leave_tags):
        while await db.act(forget, department_id):
            pass
    for _ in range(BATCHES):
        rooms, visitors = await db.scan(_next, department_id)
        if not rooms and not visitors:
            return
        if rooms:
            await db.act(_clear_rooms, department_id, rooms)
        if visitors:
            await db.act(_clear_visitors, department_id, visitors)

    async def go_on(tx: Tx) -> None:
        await enqueue(tx, KIND, doc)

    await db.act(go_on)


async def _next(q: Reader, department_id: str) -> tuple[list[str], list[str]]:
    return await rooms_of_department(q, department_id), await wanting(q, department_id)


async def _clear_rooms(tx: Tx, department_id: str, room_ids: list[str]) -> None:
    for room_id in sorted(room_ids):  # in order, or two of these would wait for each other
        await tx.lock("rooms", room_id)
        room = await find_room(tx, room_id)
        if room is None or room.get("departmentId") != department_id:
            continue
        _forget(room, "departmentId", "departmentAncestors")
        await save_room(tx, room)
        if room.get("open"):
            await _clear_open(tx, room, department_id)


async def _clear_open(tx: Tx, room: Doc, department_id: str) -> None:
    """What leads to the room is of no department either; a chat that waits, waits for everybody."""
    room_id = room["_id"]
    inquiry = await inquiry_of(tx, room_id)
    if inquiry is not None:
        _forget(inquiry, "department")
        await save_inquiry(tx, inquiry)
        await tell_queues(tx, inquiry, department_id, None)
    for subscription in await taking_part(tx, room_id):
        _forget(subscription, "department")
        await save_subscription(tx, subscription)
        await emit(tx, f"user:{subscription['u']['_id']}", "subscription", {"rid": room_id})
    await emit(tx, f"room:{room_id}", "room", {"_id": room_id})


async def _clear_visitors(tx: Tx, department_id: str, visitor_ids: list[str]) -> None:
    for visitor_id in sorted(visitor_ids):
        await tx.lock("visitors", visitor_id)
        visitor = await by_id(tx, visitor_id)
        if visitor is not None and visitor.doc.get("department") == department_id:
            _forget(visitor.doc, "department")
            await save_visitor(tx, visitor)


def _forget(doc: Doc, *keys: str) -> None:
    for key in keys:
        doc.pop(key, None)
