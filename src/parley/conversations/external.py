"""Chats that wait for a routing service outside, which names an agent (management.md §3.2).

A new chat has a job of its own. For what waits longer, or came into the queue by another way, a
round by the clock asks, first where it asked longest ago. Whatever dies, the next round goes on.
"""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.agents.limits import hold
from parley.conversations.queue.store import passed_over
from parley.conversations.start import REASONS, take
from parley.conversations.verification.rule import given_to_agents, kept_from_agents
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc
from parley.events import emit
from parley.preferences.routing_method import routing_method
from parley.preferences.service import current_settings
from parley.rooms.queues import tell_queues
from parley.rooms.speaker import wants_human
from parley.rooms.store import find_room, inquiry_of, save_room
from parley.routing.decisions import ASSIGNED, QUEUED, note
from parley.routing.external import Answer, ask

Settings = Mapping[str, Any]

MOST = 20
ROUND_SECONDS = 30.0


async def route_outside(db: Database, doc: Doc) -> None:
    """The job of one chat."""
    settings = await db.read(current_settings)
    if routing_method(settings).outside:
        await _route(db, settings, doc["roomId"])


async def route_waiting(db: Database, doc: Doc) -> None:
    """A round. A service that does not answer is left alone until the next."""
    settings = await db.read(current_settings)
    if not routing_method(settings).outside:
        return
    started = time.monotonic()
    for room_id in await db.scan(_waiting, settings, MOST):
        answer = await _route(db, settings, room_id)
        silent = answer is not None and answer.reason in ("external-unreachable", "external-unset")
        if silent or time.monotonic() - started > ROUND_SECONDS:
            return


async def _route(db: Database, settings: Settings, room_id: str) -> Answer | None:
    found = await db.read(_to_ask_about, settings, room_id)
    if found is None:
        return None
    answer = await ask(db, settings, found.department, but=found.passed_over)
    await db.act(settle, room_id, answer, settings)
    return answer


async def settle(tx: Tx, room_id: str, answer: Answer, settings: Settings) -> None:
    """The chat is given to the agent it waits for, or to whom the service named, if it still waits
    and they are still there; else it goes on waiting, and why is noted.
    """
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    inquiry = await _still_waits(tx, room_id)
    if room is None or not room.get("open") or inquiry is None:
        return
    if kept := await kept_from_agents(tx, settings, room):
        # Since the service was asked. Before anybody is held, who might be another chat's.
        await note(tx, room_id, QUEUED, REASONS[kept], answer.detail)
        return
    department = room.get("departmentId")
    best = inquiry.get("defaultAgent", {}).get("agentId")
    humans = wants_human(room)
    agent = await hold(tx, settings, best, department) if best else None
    reason = "asked-for" if agent else answer.reason
    named = (answer.agent or {}).get("_id", "")
    if agent is None and named and named != await passed_over(tx, inquiry["_id"]):
        agent = await hold(tx, settings, named, department, humans=humans)
    if agent is None:
        why = "external-nobody" if answer.agent else reason
        await note(tx, room_id, QUEUED, why, answer.detail)
        return
    await take(tx, room, inquiry, agent, settings)
    await save_room(tx, room)
    await note(tx, room_id, ASSIGNED, reason, answer.detail | {"agent": agent["username"]})
    await emit(tx, f"room:{room_id}", "room", {"_id": room_id})
    await tell_queues(tx, inquiry, department)


class _Question(NamedTuple):
    department: str | None
    passed_over: str
    """Who gave the chat back."""


async def _to_ask_about(q: Reader, settings: Settings, room_id: str) -> _Question | None:
    """Of a chat that agents are not given nobody is asked: the service would count its answer as a
    turn."""
    room, inquiry = await find_room(q, room_id), await _still_waits(q, room_id)
    if room is None or inquiry is None or await kept_from_agents(q, settings, room):
        return None
    return _Question(inquiry.get("department"), await passed_over(q, inquiry["_id"]) or "")


async def _still_waits(q: Reader, room_id: str) -> Doc | None:
    inquiry = await inquiry_of(q, room_id)
    return inquiry if inquiry is not None and inquiry["status"] == "queued" else None


async def _waiting(q: Reader, settings: Settings, limit: int) -> list[str]:
    """Ids of rooms in the queue, those first that were decided about longest ago."""
    rows = await q.rows(
        "SELECT i.room_id FROM inquiries i WHERE i.status = 'queued'"
        f" AND {given_to_agents(settings)} ORDER BY COALESCE((SELECT"
        " max(d.last_at) FROM routing_decisions d WHERE d.room_id = i.room_id), ''), i.ts LIMIT $1",
        limit,
    )
    return [row[0] for row in rows]
