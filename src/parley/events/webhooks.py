"""What another system is told, an office's CRM (contract/management.md §10).

A row is written in the act that is told of, and sent after its commit (`integrations/`). A lane is
a room's id: its events are sent one after another, in the order of their acts, which hold the
room's lock. Without a URL, or with the event's switch off, nothing is written.

A row names what to tell of by id; texts, and the visitor's token, are looked up when it is sent.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.clock import now
from parley.db.documents import encode
from parley.db.tx import Tx
from parley.ids import object_id

Settings = Mapping[str, Any]

URL = "Livechat_webhookUrl"

WHEN_IT_IS_FIRST = "9999-12-31T23:59:59.999Z"
"""When an event is sent that waits for another of its lane. So whoever looks for what is due finds
none of them, however many there are."""


class Told(NamedTuple):
    type: str
    """As the receiver reads it."""
    switch: str
    """The setting that must be on; none where empty."""
    keys: tuple[str, ...] = ()
    """What the body repeats of the room as it was then."""


_SWITCH = "Livechat_webhook_on_"
_SERVED = ("departmentId", "servedBy")
STARTED = Told("LivechatSessionStart", _SWITCH + "start", ("departmentId",))
QUEUED = Told("LivechatSessionQueued", _SWITCH + "chat_queued", ("departmentId",))
TAKEN = Told("LivechatSessionTaken", _SWITCH + "chat_taken", _SERVED)
FORWARDED = Told("LivechatSessionForwarded", _SWITCH + "forward", _SERVED)
CLOSED = Told("LivechatSession", _SWITCH + "close", (*_SERVED, "closedAt", "closedBy", "closer"))
EDITED = Told("LivechatEdit", "")
VISITOR_WROTE = Told("Message", _SWITCH + "visitor_message")
AGENT_WROTE = Told("Message", _SWITCH + "agent_message")
LEAD = Told("LeadCapture", _SWITCH + "capture")
LEFT = Told("LivechatOfflineMessage", _SWITCH + "offline_msg")


def wanted(settings: Settings, told: Told) -> bool:
    return bool(settings[URL]) and (not told.switch or bool(settings[told.switch]))


async def tell(
    tx: Tx, settings: Settings, told: Told, room: Mapping[str, Any], **more: Any
) -> None:
    """The caller holds the room's lock, or has just made it. `more` goes into the body, but for
    `message`, the id of the one it is about."""
    if not wanted(settings, told):
        return
    doc: dict[str, Any] = {"extra": {key: room[key] for key in told.keys if key in room}}
    if "message" in more:
        doc["message"] = more.pop("message")
    if served := room.get("servedBy"):
        doc["agent"] = served["_id"]
    doc["extra"] |= more
    await _put(tx, told, room["_id"], doc)


async def tell_left(tx: Tx, settings: Settings, offline_message_id: str) -> None:
    """Of a message of the offline form, which is of no room and waits for no other."""
    if wanted(settings, LEFT):
        await _put(tx, LEFT, offline_message_id, {"message": offline_message_id})


async def _put(tx: Tx, told: Told, lane: str, doc: dict[str, Any]) -> None:
    await tx.rows(
        "INSERT INTO webhook_events"
        " (id, lane, seq, type, doc, state, at, since, run_at, attempts, failures, log)"
        " VALUES ($1, $2,"
        " COALESCE((SELECT max(seq) + 1 FROM webhook_events WHERE lane = $2), 0),"
        " $3, $4, 'waiting', $5, $5, CASE WHEN EXISTS (SELECT 1 FROM webhook_events"
        " WHERE lane = $2 AND state = 'waiting') THEN $6 ELSE $5 END, 0, 0, '[]')",
        object_id(),
        lane,
        told.type,
        encode(doc),
        now(),
        WHEN_IT_IS_FIRST,
    )


async def forget_told(tx: Tx, room_id: str) -> None:
    """The room goes for good: what waits is not sent, and the log of it goes too."""
    await tx.rows("DELETE FROM webhook_events WHERE lane = $1", room_id)
    await tx.rows("DELETE FROM crm_data WHERE room_id = $1", room_id)


async def forget_told_of(tx: Tx, visitor_id: str) -> None:
    """Of all rooms of a visitor, which are still there."""
    mine = "(SELECT id FROM rooms WHERE visitor_id = $1)"
    await tx.rows(f"DELETE FROM webhook_events WHERE lane IN {mine}", visitor_id)
    await tx.rows(f"DELETE FROM crm_data WHERE room_id IN {mine}", visitor_id)
