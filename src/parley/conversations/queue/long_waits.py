"""Chats that wait for too long: people are told of them, and at last they are closed.

`Livechat_long_wait_minutes` (ours) and `Livechat_maximum_queue_wait_time`, both in minutes; below 1
they mean never. A chat under an SLA has a due time of its own, counted from when it began to wait.
"""

from typing import Any

from parley.audit.actor import SYSTEM
from parley.audit.service import record
from parley.clock import later, now
from parley.conversations.close import close_forgotten
from parley.conversations.queue import store
from parley.db import Database, Tx
from parley.events import emit
from parley.preferences.service import current_settings
from parley.rooms.store import inquiry_of

BATCH = 1000


async def watch(db: Database) -> None:
    """Each chat is told of once for each time that it waits."""
    settings = await db.read(current_settings)
    if before := _before(settings["Livechat_maximum_queue_wait_time"]):
        for room_id in await db.scan(_forgotten, before):
            await db.act(close_forgotten, room_id, before, settings)
    if before := _before(settings["Livechat_long_wait_minutes"]):
        for room_id in await db.scan(_untold, before):
            await db.act(_tell, room_id, before)
    for room_id in await db.scan(store.overdue, now(), BATCH):
        await db.act(_tell_breach, room_id)


def _before(minutes: int) -> str:
    return later(now(), minutes=-minutes) if minutes > 0 else ""


async def _forgotten(q: Any, before: str) -> list[str]:
    return await store.waiting_since(q, before, BATCH, untold=False)


async def _untold(q: Any, before: str) -> list[str]:
    return await store.waiting_since(q, before, BATCH, untold=True)


async def _tell(tx: Tx, room_id: str, before: str) -> None:
    await tx.lock("rooms", room_id)
    inquiry = await inquiry_of(tx, room_id)
    if inquiry is None or inquiry["status"] != "queued" or inquiry["queuedAt"] >= before:
        return
    await store.mark_told(tx, inquiry["_id"], now())
    since, queue = inquiry["queuedAt"], inquiry.get("department") or "public"
    await record(tx, SYSTEM, "chat.waits-long", "room", room_id, since=since, queue=queue)
    await emit(tx, f"queue:{queue}", "waits-long", {"_id": inquiry["_id"]})


async def _tell_breach(tx: Tx, room_id: str) -> None:
    await tx.lock("rooms", room_id)
    inquiry = await inquiry_of(tx, room_id)
    if inquiry is None or inquiry["status"] != "queued" or "slaId" not in inquiry:
        return
    at, due = now(), await store.due_at(tx, inquiry["_id"])
    if due is None or due > at:
        return
    await store.mark_breached(tx, inquiry["_id"], at)
    queue = inquiry.get("department") or "public"
    about = {"since": inquiry["queuedAt"], "due": due, "sla": inquiry["slaId"], "queue": queue}
    await record(tx, SYSTEM, "chat.sla-breached", "room", room_id, **about)
    await emit(tx, f"queue:{queue}", "sla-breached", {"_id": inquiry["_id"]})
