"""Where somebody stands in the queue, and how long it may take: one place computes it.

Rocket.Chat's waiting queue (contract/realtime.md, "Queue position"): a visitor ahead of whom
nobody stands waits about as long as one chat takes.
"""

from collections.abc import Mapping
from typing import Any

from parley.conversations.queue import store
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.rooms.store import inquiry_of

MOST_CHATS = 1000
CAT = {"_id": "rocket.cat", "username": "rocket.cat"}


async def queue_info(q: Reader, settings: Mapping[str, Any], room_id: str) -> Doc | None:
    """`{spot, estimatedWaitTimeSeconds?, message?}` of a chat that waits, else None."""
    if not (
        settings["Livechat_waiting_queue"]
        and settings["Omnichannel_calculate_dispatch_service_queue_statistics"]
    ):
        return None
    inquiry = await inquiry_of(q, room_id)
    spot = await store.place(q, settings, inquiry) if inquiry else None
    if inquiry is None or spot is None:
        return None
    info: Doc = {"spot": spot}
    seconds = await _estimate(q, settings, inquiry.get("department"), spot)
    if seconds is not None:
        info["estimatedWaitTimeSeconds"] = seconds
    if text := settings["Livechat_waiting_queue_message"]:
        info["message"] = {"text": text, "user": CAT}
    return info


async def _estimate(
    q: Reader, settings: Mapping[str, Any], department_id: str | None, spot: int
) -> int | None:
    """Whole seconds; None where nobody is there, or no chat is over yet."""
    most = min(settings["Livechat_number_most_recent_chats_estimate_wait_time"], MOST_CHATS)
    took = await store.durations(q, department_id, most)
    agents = await store.agents_there(q, settings, department_id)
    return estimate(spot, agents, took)


def estimate(spot: int, agents: int, took: list[float]) -> int | None:
    if not agents or not took:
        return None
    return round(((spot - 1) / agents + 1) * sum(took) / len(took))
