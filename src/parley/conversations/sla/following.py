"""An SLA policy changed or went: open conversations that are under it follow, by a job.

Each is an act of its own, which looks again; what a crash leaves, the job's next attempt does.
"""

from collections.abc import Mapping
from typing import Any

from parley.conversations.handing import named
from parley.conversations.sla import store
from parley.conversations.sla.of_room import put_under, say_so
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.events import emit
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, save_room

KIND = "sla-changed"
"""The job; its document is `{slaId}`, with the `userId` of who deleted the policy."""

BATCH = 500
CAT = {"_id": "rocket.cat", "username": "rocket.cat"}


async def follow_policy(db: Database, doc: dict[str, Any]) -> None:
    settings = await db.read(current_settings)
    policy_id, by, after = str(doc["slaId"]), str(doc.get("userId", "")), ""
    while page := await db.scan(store.open_rooms_under, policy_id, after, BATCH):
        for room_id in page:
            await db.act(_follow, policy_id, room_id, by, settings)
        after = page[-1]


async def _follow(
    tx: Tx, policy_id: str, room_id: str, by: str, settings: Mapping[str, Any]
) -> None:
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not room.get("open") or room.get("slaId") != policy_id:
        return
    policy = await find(tx, "sla", policy_id)
    if policy is not None and policy["dueTimeInMinutes"] == room["estimatedWaitingTimeQueue"]:
        return
    await put_under(tx, room, policy)
    if policy is None:
        await say_so(tx, room, None, await _who(tx, by), settings)
    await save_room(tx, room)
    await emit(tx, f"room:{room_id}", "room", {"_id": room_id})


async def _who(tx: Tx, user_id: str) -> Doc:
    user = await find(tx, "users", user_id)
    return CAT if user is None else named(user)
