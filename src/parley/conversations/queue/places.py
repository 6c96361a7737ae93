"""Where somebody stands in the queue, and how long it may take: one place computes it.

Rocket.Chat's waiting queue (contract/realtime.md, "Queue position"): a visitor ahead of whom
nobody stands waits about as long as one chat takes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.conversations.queue import store
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.rooms.store import inquiry_of

MOST_CHATS = 1000
CAT = {"_id": "rocket.cat", "username": "rocket.cat"}
SWITCHES = (
    "Livechat_waiting_queue",
    "Omnichannel_calculate_dispatch_service_queue_statistics",
)
DECIDE = (
    *SWITCHES,
    "Omnichannel_sorting_mechanism",
    "Livechat_waiting_queue_message",
    "Livechat_number_most_recent_chats_estimate_wait_time",
)
"""Settings after which all who wait may be told something else."""


class Pace(NamedTuple):
    """How a department's queue moves."""

    agents: int
    """Who can be given a chat."""
    average: float | None
    """Seconds that a chat takes; None where none is over yet."""
    message: str | None


class Queue(NamedTuple):
    """All who wait for a department."""

    waiting: list[store.Place]
    """In their order."""
    pace: Pace | None
    """None where nobody waits."""


async def queue_info(q: Reader, settings: Mapping[str, Any], room_id: str) -> Doc | None:
    """`{spot, estimatedWaitTimeSeconds?, message?}` of a chat that waits, else None."""
    if not all(settings[name] for name in SWITCHES):
        return None
    inquiry = await inquiry_of(q, room_id)
    spot = await store.place(q, settings, inquiry) if inquiry else None
    if inquiry is None or spot is None:
        return None
    return info_of(spot, await _pace(q, settings, inquiry.get("department")))


async def queue_of(q: Reader, settings: Mapping[str, Any], department_id: str | None) -> Queue:
    """Three statements, however many wait. Empty where places are not told."""
    if not all(settings[name] for name in SWITCHES):
        return Queue([], None)
    waiting = await store.in_order(q, settings, department_id)
    return Queue(waiting, await _pace(q, settings, department_id) if waiting else None)


async def _pace(q: Reader, settings: Mapping[str, Any], department_id: str | None) -> Pace:
    most = min(settings["Livechat_number_most_recent_chats_estimate_wait_time"], MOST_CHATS)
    took = await store.durations(q, department_id, most)
    agents, own = await store.agents_there(q, settings, department_id)
    average = sum(took) / len(took) if took else None
    return Pace(agents, average, own or settings["Livechat_waiting_queue_message"])


def info_of(spot: int, pace: Pace) -> Doc:
    """`{spot, estimatedWaitTimeSeconds?, message?}`; no estimate where nobody is there, or no chat
    is over yet."""
    info: Doc = {"spot": spot}
    if (seconds := estimate(spot, pace)) is not None:
        info["estimatedWaitTimeSeconds"] = seconds
    if pace.message:
        info["message"] = {"text": pace.message, "user": CAT}
    return info


def estimate(spot: int, pace: Pace) -> int | None:
    """Whole seconds."""
    if not pace.agents or pace.average is None:
        return None
    return round(((spot - 1) / pace.agents + 1) * pace.average)
