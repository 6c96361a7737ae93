"""The waiting queue's worker (contract/management.md §3.5): who waits is given to who is free.

It runs by the clock and whenever somebody may have become free, in any process. Each chat is given
in an act of its own under its locks, so that two runs at once, or one that dies, do no harm. Queues
take turns: an agent of several departments does not serve one of them first.
"""

import logging
from typing import Any, NamedTuple

from parley.agents.availability import online_agent
from parley.agents.limits import hold
from parley.conversations.queue import store
from parley.conversations.queue.taking import finish_taking
from parley.conversations.start import take
from parley.conversations.verification.rule import kept_from_agents
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.preferences.routing_method import routing_method
from parley.preferences.service import current_settings
from parley.rooms.queues import tell_queues
from parley.rooms.speaker import wants_human
from parley.rooms.store import delete_inquiry, find_room, inquiry_of, save_inquiry
from parley.routing.decisions import ASSIGNED, QUEUED, note
from parley.routing.selection import Selection, select

Settings = dict[str, Any]

log = logging.getLogger("parley")

KIND = "queue"
BATCH = 100
SHORTEST_SECONDS = 5


async def give_out(db: Database, doc: dict[str, Any]) -> float:
    """Seconds until the next run."""
    settings = await db.read(current_settings)
    if settings["Livechat_enabled"]:
        for room_id in await db.scan(store.asking_for_absent, settings, BATCH):
            await db.act(_wait_for_anybody, room_id, settings)
        method = routing_method(settings)
        if method.auto_assign and not method.outside:
            left = 0
            while more := await _round(db, settings):
                left += more
            if left:
                log.info("chats that left the queue: %d", left)
    every = settings["Omnichannel_queue_delay_timeout"]
    return float(every if every >= 1 else SHORTEST_SECONDS)


async def _wait_for_anybody(tx: Tx, room_id: str, settings: Settings) -> None:
    """Who waits for an agent who is not there any more would be in nobody's list."""
    await tx.lock("rooms", room_id)
    inquiry = await inquiry_of(tx, room_id)
    if inquiry is None or inquiry["status"] != "queued" or "defaultAgent" not in inquiry:
        return
    if await online_agent(tx, settings, inquiry["defaultAgent"]["agentId"]) is None:
        del inquiry["defaultAgent"]
        await save_inquiry(tx, inquiry)
        about = {"method": settings["Livechat_Routing_Method"]}
        await note(tx, room_id, QUEUED, "agent-gone", about)
        await tell_queues(tx, inquiry, inquiry.get("department"))


class _Outcome(NamedTuple):
    room_id: str
    left: bool
    """It waits no longer."""
    for_anybody: bool
    """Anybody could have been given it."""


async def _round(db: Database, settings: Settings) -> int:
    """The first of each queue, one after another; how many wait no longer."""
    departments: list[str | None] = await db.scan(store.waiting_departments)
    tried: dict[str | None, set[str]] = {department: set() for department in departments}
    empty_handed: set[str | None] = set()
    left = 0
    while tried:
        for department, rooms in list(tried.items()):
            asking = department in empty_handed
            outcome = await db.act(_give_first, settings, department, rooms, asking=asking)
            if outcome is None or len(rooms) >= BATCH:
                del tried[department]
            elif outcome.left:
                left += 1
            else:
                rooms.add(outcome.room_id)
                if outcome.for_anybody:
                    # Nobody for this one is nobody for those behind it, unless they ask for
                    # somebody.
                    empty_handed.add(department)
    return left


async def _give_first(
    tx: Tx, settings: Settings, department: str | None, tried: set[str], *, asking: bool
) -> _Outcome | None:
    """The first of the queue that was not tried yet; `asking`: of those who ask for an agent.

    The queue is looked at anew for each, or who became urgent meanwhile would wait for a round.
    """
    most = len(tried) + 1
    waiting = await store.first_waiting(tx, settings, department, most, asking=asking)
    for one in waiting:
        if one.room_id not in tried:
            left = await give(tx, one.room_id, settings)
            return _Outcome(one.room_id, left, one.passed_over is None)
    return None


async def give(tx: Tx, room_id: str, settings: Settings) -> bool:
    """Whether the chat waits no longer."""
    await tx.lock("rooms", room_id)
    room, inquiry = await find_room(tx, room_id), await inquiry_of(tx, room_id)
    if inquiry is None or inquiry["status"] != "queued":
        return True
    if room is None or not room.get("open"):
        await delete_inquiry(tx, room_id)
        await tell_queues(tx, inquiry, inquiry.get("department"))
        return True
    if "servedBy" in room:
        inquiry["status"] = "taken"
        await save_inquiry(tx, inquiry)
        await tell_queues(tx, inquiry, inquiry.get("department"))
        return True
    if await kept_from_agents(tx, settings, room):
        return False
    found = await _agent(tx, room, inquiry, settings)
    if found.agent is None:
        await note(tx, room_id, QUEUED, found.reason, found.detail)
        return False
    await take(tx, room, inquiry, found.agent, settings)
    await finish_taking(tx, room, inquiry)
    await note(tx, room_id, ASSIGNED, found.reason, found.told())
    return True


async def _agent(tx: Tx, room: Doc, inquiry: Doc, settings: Settings) -> Selection:
    """Who was asked for, else whose turn it is, but nobody who gave the chat back."""
    department = room.get("departmentId")
    if asked := inquiry.get("defaultAgent"):
        found = await hold(tx, settings, asked["agentId"], department)
        if found is not None:
            about = {"method": settings["Livechat_Routing_Method"]}
            return Selection(found, "waited-for", about)
    but = await store.passed_over(tx, inquiry["_id"]) or ""
    return await select(tx, settings, department, but=but, humans=wants_human(room))
