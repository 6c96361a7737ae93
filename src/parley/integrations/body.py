"""The body of a webhook: read when it is sent, so that what was deleted meanwhile is not told.

The visitor's real token stands in it: bridges write back with it, and an admin has chosen who
receives it. It is looked up here, and is in no row and no log.
"""

from collections.abc import Mapping
from typing import Any

from parley.db.documents import Doc, Params, decode, find
from parley.db.tx import Reader
from parley.events.webhooks import LEAD, LEFT, VISITOR_WROTE
from parley.integrations.browser import browser, system
from parley.integrations.message_item import item, shown_kinds, told
from parley.integrations.store import Event, answer_of
from parley.messages.store import find_message
from parley.rooms.store import find_room
from parley.visitors.store import Visitor, by_id

Settings = Mapping[str, Any]

MOST_MESSAGES = 2000
"""The newest of a chat; what is longer is cut at its beginning."""


async def body_of(q: Reader, event: Event, settings: Settings) -> Doc | None:
    """None when what it tells of is gone."""
    if event.type == LEFT.type:
        return await _left(q, event)
    room = await find_room(q, event.lane)
    visitor = await by_id(q, room["v"]["_id"]) if room else None
    if room is None or visitor is None:
        return None
    messages = await _messages(q, event, settings)
    if messages is None:
        return None
    agent = await find(q, "users", event.doc["agent"]) if "agent" in event.doc else None
    answer = await answer_of(q, event.lane)
    return {
        **_room(room),
        "visitor": _visitor(visitor),
        **({"agent": _agent(agent)} if agent else {}),
        **({"crmData": answer} if answer is not None else {}),
        "type": event.type,
        "messages": messages,
        **event.doc["extra"],
    }


async def _left(q: Reader, event: Event) -> Doc | None:
    left = await find(q, "offline_messages", event.doc["message"])
    if left is None:
        return None
    visitor = {"name": left["name"], "email": left["email"]}
    return {
        "type": event.type,
        "sentAt": left["ts"],
        "visitor": visitor,
        "message": left["message"],
    }


async def _messages(q: Reader, event: Event, settings: Settings) -> list[Doc] | None:
    if event.type == LEAD.type:
        return []
    site = settings["Site_Url"] or ""
    if event.type == VISITOR_WROTE.type:
        message = await find_message(q, event.doc["message"])
        return [item(message, site)] if message is not None and told(message) else None
    messages = await _of_room(q, event.lane, shown_kinds(settings))
    return [item(message, site) for message in messages]


async def _of_room(q: Reader, room_id: str, kinds: list[str]) -> list[Doc]:
    p = Params(room_id)
    marks = ", ".join(p(kind) for kind in kinds)
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE room_id = $1 AND NOT hidden AND (kind IS NULL"
        f" OR kind IN ({marks})) ORDER BY ts DESC, seq DESC, id DESC LIMIT {p(MOST_MESSAGES)}",
        *p.values,
    )
    return [decode(row[0]) for row in reversed(rows)]


def _room(room: Doc) -> Doc:
    shown = {
        "_id": room["_id"],
        "label": room["fname"],
        "topic": room.get("topic"),
        "createdAt": room["ts"],
        "lastMessageAt": room["lm"],
        "tags": room.get("tags"),
        "customFields": room.get("livechatData"),
    }
    return {key: value for key, value in shown.items() if value is not None}


def _visitor(visitor: Visitor) -> Doc:
    doc, agent = visitor.doc, visitor.doc.get("userAgent") or ""
    shown = {
        "_id": visitor.id,
        "token": visitor.token,
        "name": doc.get("name"),
        "username": doc["username"],
        "department": doc.get("department"),
        "ip": doc.get("ip"),
        "os": system(agent),
        "browser": browser(agent),
        "customFields": doc.get("livechatData"),
        "email": [{"address": each["address"]} for each in doc.get("visitorEmails") or ()],
        "phone": [{"phoneNumber": each["phoneNumber"]} for each in doc.get("phone") or ()],
    }
    return {key: value for key, value in shown.items() if value}


def _agent(user: Doc) -> Doc:
    shown = {key: user[key] for key in ("_id", "username", "name", "customFields") if key in user}
    emails = [{"address": each["address"]} for each in user.get("emails") or ()]
    return shown | ({"email": emails} if emails else {})
