"""Frames of what happens in a room (realtime.md §5)."""

from typing import Any

from parley.agents.shown import shown_to_visitor
from parley.db.documents import Doc, decode, encode, find
from parley.events import Event
from parley.messages.ejson import with_dates
from parley.realtime.ddp import store
from parley.realtime.ddp.activity import TYPING
from parley.realtime.ddp.queue_frames import all_deleted, queue_changed
from parley.realtime.ddp.rights import in_my_messages
from parley.realtime.ddp.store import RoomNow
from parley.realtime.ddp.streams import (
    LIVECHAT_ROOM,
    MY_MESSAGES,
    NOTIFY_ROOM,
    NOTIFY_USER,
    QUEUE,
    ROOM_DATA,
    ROOM_MESSAGES,
)
from parley.realtime.ddp.told import Told
from parley.realtime.typing import KIND

_HANDED_ON = {"livechat_transfer_history", "livechat_transfer_history_fallback"}


async def message(told: Told) -> None:
    """A new message: to the room, and what changed by it to people's lists and the queue."""
    text = await told.db.read(store.message_doc, told.event.doc["_id"])
    if text is None:  # gone since
        await _lists(told)
        return
    said = decode(text)
    await _send(told, said, text)
    now = await _lists(told)
    if now is not None and told.hub.heard(LIVECHAT_ROOM, told.key):
        await _tell_agent(told, said, decode(now.room))
    if now is not None and "t" not in said:
        await _notify(told, said, now)


async def message_changed(told: Told) -> None:
    text = await told.db.read(store.message_doc, told.event.doc["_id"])
    if text is not None:
        await _send(told, decode(text), text)
    await _lists(told)


async def message_deleted(told: Told) -> None:
    gone = encode([{"_id": told.event.doc["_id"]}])
    await told.hub.publish(NOTIFY_ROOM, f"{told.key}/deleteMessage", gone)
    await _lists(told)


async def room(told: Told) -> None:
    await _lists(told)


async def visitor(told: Told) -> None:
    """Their own clients hear what of them was changed, without any token: they have their own."""
    doc = told.event.doc
    if doc.keys() == {"_id"} and told.hub.heard(LIVECHAT_ROOM, told.key):
        now = await told.db.read(find, "visitors", doc["_id"])
        if now is not None:
            shown = {key: value for key, value in now.items() if key != "token"}
            said = with_dates(encode([{"type": "visitorData", "visitor": shown}]))
            await told.hub.publish(LIVECHAT_ROOM, told.key, said)
    await _lists(told)


async def deleted(told: Told) -> None:
    await all_deleted(told, told.key)


async def typing(told: Told) -> None:
    """In both forms: widgets of before 2022 know the older one only."""
    doc, publish = told.event.doc, told.hub.publish
    name, types = doc["username"], doc["typing"]
    but = doc.get("session", "")
    new = encode([name, [TYPING] if types else []])
    await publish(NOTIFY_ROOM, f"{told.key}/user-activity", new, but=but)
    await publish(NOTIFY_ROOM, f"{told.key}/typing", encode([name, types]), but=but)


async def _send(told: Told, said: Doc, text: str) -> None:
    if said.get("_hidden") or said.get("t") in told.settings["Hide_System_Messages"]:
        return
    hub = told.hub
    if hub.heard(ROOM_MESSAGES, told.key):
        await hub.publish(ROOM_MESSAGES, told.key, f"[{with_dates(text)}]")
    if hub.heard(ROOM_MESSAGES, MY_MESSAGES):
        await in_my_messages(told, with_dates(text))


async def _lists(told: Told) -> RoomNow | None:
    """The room as it is now, told to whom it is listed; None where nobody wants to know."""
    hub, room_id = told.hub, told.key
    if not hub.any(NOTIFY_USER, QUEUE, LIVECHAT_ROOM, ROOM_DATA):
        return None
    now = await told.db.read(store.room_now, room_id)
    if now is None or told.lists_follow:
        # An act has several events of a room, and each would say the same.
        return now
    if hub.heard(ROOM_DATA, room_id):
        await hub.publish(ROOM_DATA, room_id, f"[{with_dates(now.room)}]")
    for user_id, subscription in now.taking_part:
        if told.joins(user_id, room_id):
            continue  # `inserted` is the first that they hear of it
        await told.list_changed(user_id, "subscriptions", "updated", subscription)
        await told.list_changed(user_id, "rooms", "updated", now.room)
    if now.inquiry is not None and hub.any(QUEUE):
        await _still_waiting(told, decode(now.inquiry), decode(now.room))
    return now


async def _still_waiting(told: Told, inquiry: Doc, room_now: Doc) -> None:
    if inquiry["status"] == "queued":
        last = {"lastMessage": room_now["lastMessage"]} if "lastMessage" in room_now else {}
        await queue_changed(told.hub, "changed", inquiry | last)


async def _tell_agent(told: Told, said: Doc, room_now: Doc) -> None:
    """Who serves the visitor now, behind the message that says so; or that nobody does."""
    serving = (room_now.get("servedBy") or {}).get("_id")
    data: dict[str, Any] = {"type": "agentData"}
    if said.get("t") == "uj" and said["u"]["_id"] == serving:
        shown = await told.db.read(shown_to_visitor, told.settings, serving)
        if shown is None:
            return
        data["data"] = shown
    elif said.get("t") not in _HANDED_ON or serving is not None:
        return
    await told.hub.publish(LIVECHAT_ROOM, told.key, f"[{with_dates(encode(data))}]")


async def _notify(told: Told, said: Doc, now: RoomNow) -> None:
    """What a client shows on the desktop, to those who take part and did not write it."""
    for user_id, _ in now.taking_part:
        event = f"{user_id}/notification"
        if user_id == said["u"]["_id"] or not told.hub.heard(NOTIFY_USER, event):
            continue
        name = decode(now.room)["fname"]
        shown = {
            "title": name,
            "text": said["msg"],
            "payload": {
                "_id": said["_id"],
                "rid": told.key,
                "sender": said["u"],
                "type": "l",
                "name": name,
                "message": {"msg": said["msg"]},
            },
        }
        await told.hub.publish(NOTIFY_USER, event, encode([shown]))


_LISTED = {
    "message": message,
    "message-changed": message_changed,
    "message-deleted": message_deleted,
    "room": room,
    "visitor": visitor,
}
ROOM_FRAMES = {**_LISTED, "deleted": deleted, KIND: typing}


def lists(event: Event) -> tuple[str, str] | None:
    """Which lists an event tells of, as `Told.to_come` holds it."""
    if event.stream.startswith("room:"):
        return (event.stream, "") if event.kind in _LISTED else None
    return (event.stream, event.doc["rid"]) if event.kind == "subscription" else None
