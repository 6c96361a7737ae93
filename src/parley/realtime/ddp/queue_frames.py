"""Frames of the queue that agents look at (realtime.md §5 "New chat for agents")."""

from parley.db.documents import Doc, decode, encode
from parley.messages.ejson import date, with_dates
from parley.realtime.ddp import store
from parley.realtime.ddp.hub import Hub
from parley.realtime.ddp.streams import NOTIFY_ROOM, QUEUE
from parley.realtime.ddp.told import Told

PUBLIC = "public"

_ACTIONS = {"added": "inserted", "changed": "updated", "removed": "removed"}


async def inquiry(told: Told) -> None:
    """A chat began to wait, or waits no longer."""
    if not told.hub.any(QUEUE):
        return
    doc = told.event.doc
    waiting = await told.db.read(store.inquiry_doc, doc["_id"])
    department = told.key if told.key != PUBLIC else None
    if waiting is None:
        gone = await _gone(told, doc["_id"], doc.get("rid"), department)
        await queue_changed(told.hub, "removed", gone)
        return
    if waiting.get("department") != department:
        # It has left this department's queue for another, whose agents hear of it as well.
        await _publish(
            told.hub, f"department/{department}" if department else PUBLIC, "removed", waiting
        )
        return
    new = waiting.get("queuedAt") == waiting["ts"] and not doc.get("moved")
    if waiting["status"] == "queued" and new:
        # It is new. The mobile app ignores `added` and acts on `changed`.
        await queue_changed(told.hub, "added", waiting)
    await queue_changed(told.hub, "changed", waiting)


async def queue_changed(hub: Hub, how: str, waiting: Doc) -> None:
    """To the channels that the inquiry belongs to, and to its own."""
    department, agent = waiting.get("department"), waiting.get("defaultAgent")
    if department:
        await _publish(hub, f"department/{department}", how, waiting)
    elif not agent:
        await _publish(hub, PUBLIC, how, waiting)
    if agent:
        await _publish(hub, f"agent/{agent['agentId']}", how, waiting)
    if hub.heard(QUEUE, waiting["_id"]):
        args = with_dates(encode([waiting | {"clientAction": _ACTIONS[how]}]))
        await hub.publish(QUEUE, waiting["_id"], args)


async def _publish(hub: Hub, channel: str, how: str, waiting: Doc) -> None:
    if hub.heard(QUEUE, channel):
        await hub.publish(QUEUE, channel, with_dates(encode([{"type": how, **waiting}])))


async def _gone(told: Told, key: str, room_id: str | None, department: str | None) -> Doc:
    """What is known of an inquiry whose room is closed: the room tells it."""
    gone: Doc = {"_id": key, "t": "l", "status": "taken"}
    if department:
        gone["department"] = department
    text = await told.db.read(store.room_doc, room_id) if room_id else None
    if text is None:
        return gone
    room = decode(text)
    visitor = {k: room["v"][k] for k in ("_id", "username", "token", "status") if k in room["v"]}
    known = {"rid": room["_id"], "name": room["fname"], "ts": room["ts"], "v": visitor}
    return gone | known | {"source": room["source"]}


async def room_deleted(told: Told) -> None:
    await all_deleted(told, told.event.doc["_id"])


async def all_deleted(told: Told, room_id: str) -> None:
    """The room is gone with all its messages: whoever shows them shows them no more."""
    span = {"$gte": {"$date": 0}, "$lte": date(told.event.at)}
    all_of_it = {"rid": room_id, "excludePinned": False, "ignoreDiscussion": False}
    args = encode([all_of_it | {"ts": span, "users": []}])
    await told.hub.publish(NOTIFY_ROOM, f"{room_id}/deleteMessageBulk", args)


QUEUE_FRAMES = {"inquiry": inquiry, "room-deleted": room_deleted}
