"""Chats of agents who went offline and did not come back (management.md §1.2, "Going offline").

Each chat is an act of its own, which looks again; when all are done, so is that leaving.
"""

from parley.accounts.presence_store import left_before, presence_of, settle_presence
from parley.clock import later, now
from parley.conversations.close import Settings, close_for_agent
from parley.conversations.handing import Handing, give, move, move_participants, named, queue
from parley.conversations.verification.rule import kept_from_agents
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.preferences.routing_method import routing_method
from parley.preferences.service import current_settings
from parley.rooms.speaker import wants_human
from parley.rooms.store import find_room, inquiry_of, rooms_with
from parley.routing.selection import next_agent


async def settle_left(db: Database) -> None:
    """By `Livechat_agent_leave_action`, after `Livechat_agent_leave_action_timeout` seconds."""
    settings = await db.read(current_settings)
    if settings["Livechat_agent_leave_action"] == "none":
        return
    timeout = max(0, settings["Livechat_agent_leave_action_timeout"])
    before, after = later(now(), seconds=-timeout), ("", "")
    while page := await db.read(left_before, before, after):
        for left_at, agent_id in page:
            for room_id in await db.read(rooms_with, agent_id):
                await db.act(_settle, agent_id, left_at, room_id, settings)
            await db.act(settle_presence, agent_id, left_at)
        after = page[-1]


async def _settle(tx: Tx, agent_id: str, left_at: str, room_id: str, settings: Settings) -> None:
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    presence = await presence_of(tx, agent_id)
    if presence is None or presence.left_at != left_at:
        return  # they are back
    if room is None or not room.get("open"):
        return
    if (room.get("servedBy") or {}).get("_id") != agent_id:
        return
    if settings["Livechat_agent_leave_action"] == "close":
        comment = settings["Livechat_agent_leave_comment"] or ""
        await close_for_agent(tx, room, comment, settings)
    elif not room.get("onHold"):
        await _forward(tx, room, agent_id, settings)


async def _forward(tx: Tx, room: Doc, agent_id: str, settings: Settings) -> None:
    """To the visitor's own department: somebody else there, or its queue."""
    department, inquiry = await _own_department(tx, room), await inquiry_of(tx, room["_id"])
    if department is None or inquiry is None:
        return
    transfer: Doc = {"nextDepartment": {key: department[key] for key in ("_id", "name")}}
    author = named(await find(tx, "users", agent_id) or room["servedBy"])
    by = Handing(author, "agent", settings["Livechat_agent_leave_comment"] or "", settings, {})
    chosen = None
    kept = await kept_from_agents(tx, settings, room)
    if routing_method(settings).auto_assign and not kept:
        humans = wants_human(room)
        chosen = await next_agent(tx, settings, department["_id"], but=agent_id, humans=humans)
    if chosen is None:
        await queue(tx, room, inquiry, department, None, by, transfer)
        return
    agent = await find(tx, "users", chosen["_id"]) or chosen
    transfer |= {"transferredTo": named(agent)} | move(room, inquiry, department)
    await move_participants(tx, room)
    await give(tx, room, inquiry, agent, by, "department", transfer)


async def _own_department(tx: Tx, room: Doc) -> Doc | None:
    visitor = await find(tx, "visitors", room["v"]["_id"]) or {}
    department = await find(tx, "departments", visitor.get("department") or "")
    if department is None or not department.get("enabled") or department.get("archived"):
        return None
    return department
