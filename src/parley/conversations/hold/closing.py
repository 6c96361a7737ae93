"""Chats that have been on hold for too long are closed (contract/management.md §8)."""

from parley.clock import later, now
from parley.conversations.close import Settings, close_for_agent
from parley.db import Database, Tx
from parley.preferences.service import current_settings
from parley.rooms.store import find_room
from parley.rooms.waiting_store import Mark, held_before

COMMENT = "Closed after it had been on hold for long"


async def close_held(db: Database) -> None:
    """By `Livechat_auto_close_on_hold_chats_timeout`, in seconds; 0 is never."""
    settings = await db.read(current_settings)
    timeout = settings["Livechat_auto_close_on_hold_chats_timeout"]
    if timeout <= 0:
        return
    before, after = later(now(), seconds=-timeout), Mark("", "")
    while page := await db.scan(held_before, before, after):
        for mark in page:
            await db.act(_close, mark, settings)
        after = page[-1]


async def _close(tx: Tx, mark: Mark, settings: Settings) -> None:
    await tx.lock("rooms", mark.room_id)
    room = await find_room(tx, mark.room_id)
    if room is None or not room.get("open") or not room.get("onHold"):
        return
    if room.get("onHoldSince") != mark.ts:
        return
    own = settings["Livechat_auto_close_on_hold_chats_custom_message"]
    await close_for_agent(tx, room, str(own or COMMENT), settings)
