"""Chats that the visitor has left: an agent's answer has stood too long (management.md §8).

Each is closed, or placed on hold, by an act of its own, which looks again: whoever wrote meanwhile
is not cut off, and what a crash leaves is done next time.
"""

from typing import Any

from parley.clock import later, now
from parley.conversations.close import Settings, close_for_agent
from parley.conversations.hold.placing import place_left
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.preferences.service import current_settings
from parley.rooms.store import find_room
from parley.rooms.waiting_store import Mark, answered_before, own_timeouts

ON_HOLD = "on-hold"
COMMENT = "Closed because the visitor did not answer"


async def settle_abandoned(db: Database) -> None:
    """By `Livechat_abandoned_rooms_action`."""
    settings = await db.read(current_settings)
    if settings["Livechat_abandoned_rooms_action"] == "none":
        return
    usual = settings["Livechat_visitor_inactivity_timeout"]
    own = await db.read(own_timeouts)
    timeouts = [each for each in (usual, *own.values()) if each > 0]
    if not timeouts:
        return
    at, after = now(), Mark("", "")
    while page := await db.scan(answered_before, later(at, seconds=-min(timeouts)), after):
        for room in page:
            timeout = own.get(room.department or "", usual)
            if timeout > 0 and room.mark.ts <= later(at, seconds=-timeout):
                await db.act(_settle, room.mark, settings)
        after = page[-1].mark


async def _settle(tx: Tx, mark: Mark, settings: Settings) -> None:
    await tx.lock("rooms", mark.room_id)
    room = await find_room(tx, mark.room_id)
    if room is None or not room.get("open") or room.get("onHold"):
        return
    answer: dict[str, Any] = room.get("responseBy") or {}
    if room.get("waitingResponse") or answer.get("lastMessageTs") != mark.ts:
        return
    if settings["Livechat_abandoned_rooms_action"] == ON_HOLD and "servedBy" in room:
        await place_left(tx, room, settings)
    else:
        await close_for_agent(tx, room, await _comment(tx, room, settings), settings)


async def _comment(tx: Tx, room: Doc, settings: Settings) -> str:
    department = await find(tx, "departments", room.get("departmentId", "")) or {}
    own = department.get("abandonedRoomsCloseCustomMessage")
    return str(own or settings["Livechat_abandoned_rooms_closed_custom_message"] or COMMENT)
