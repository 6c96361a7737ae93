"""SQL of rooms, of who takes part in them, and of the queue's inquiries."""

from typing import Any

from parley.accounts.identify import Person
from parley.clock import later, now
from parley.db.documents import Doc, Params, decode, find, fold, insert, save
from parley.db.tx import Reader, Tx
from parley.events import emit
from parley.ids import object_id
from parley.rooms.queues import tell_shown
from parley.rooms.visibility import visible_to
from parley.visitors.store import LONGEST_TOKEN, Visitor


async def find_room(q: Reader, room_id: str) -> Doc | None:
    return await find(q, "rooms", room_id)


async def find_with_access(q: Reader, person: Person, room_id: str) -> tuple[str, bool] | None:
    """(document as stored, whether the person may see it)."""
    p = Params(room_id)
    row = await q.row(
        f"SELECT r.doc, {visible_to(person, p)} FROM rooms r WHERE r.id = $1", *p.values
    )
    return None if row is None else (row[0], bool(row[1]))


async def find_with_visitor(
    q: Reader, token: str, room_id: str
) -> tuple[Visitor, Doc | None] | None:
    """(the visitor with this token, the room if it is theirs); None for no visitor."""
    if len(token) > LONGEST_TOKEN:
        return None
    row = await q.row(
        "SELECT v.doc, v.token, v.contact_id, r.doc FROM visitors v"
        " LEFT JOIN rooms r ON r.id = $2 AND r.visitor_id = v.id"
        " WHERE v.token = $1 AND NOT v.disabled",
        token,
        room_id,
    )
    if row is None:
        return None
    return Visitor(decode(row[0]), row[1], row[2]), None if row[3] is None else decode(row[3])


async def open_room_of(q: Reader, visitor_id: str) -> Doc | None:
    """The one that the visitor talks in: rooms of other channels stand beside it."""
    sql = "SELECT doc FROM rooms WHERE visitor_id = $1 AND open AND NOT beside"
    doc = await q.value(sql, visitor_id)
    return None if doc is None else decode(doc)


async def open_rooms_beside(q: Reader, visitor_id: str) -> list[Doc]:
    """Of channels such as mail, newest first: a hundred at most."""
    rows = await q.rows(
        "SELECT doc FROM rooms WHERE visitor_id = $1 AND open AND beside"
        " ORDER BY ts DESC, id DESC LIMIT 100",
        visitor_id,
    )
    return [decode(row[0]) for row in rows]


async def any_open_room_of(q: Reader, contact_id: str) -> bool:
    """Whether one of the contact's visitors has an open room."""
    sql = (
        "SELECT 1 FROM rooms WHERE open AND visitor_id IN"
        " (SELECT id FROM visitors WHERE contact_id = $1) LIMIT 1"
    )
    return await q.value(sql, contact_id) is not None


async def visible_open_room_of(q: Reader, person: Person, token: str) -> Doc | None:
    """The open room of the visitor with this token, if the person may see it."""
    p = Params(token)
    doc = await q.value(
        "SELECT r.doc FROM visitors v JOIN rooms r ON r.visitor_id = v.id AND r.open"
        f" AND NOT r.beside WHERE v.token = $1 AND {visible_to(person, p)}",
        *p.values,
    )
    return None if doc is None else decode(doc)


async def last_server_of(q: Reader, visitor_id: str) -> str | None:
    """Who served the visitor's newest closed chat that anybody served; a user's id."""
    found: str | None = await q.value(
        "SELECT served_by FROM rooms WHERE visitor_id = $1 AND NOT open AND served_by IS NOT NULL"
        " ORDER BY ts DESC, id DESC LIMIT 1",
        visitor_id,
    )
    return found


async def insert_room(tx: Tx, room: Doc) -> bool:
    """False when the visitor has an open room: one of two parallel starts loses here."""
    return await insert(tx, "rooms", room, name_key=fold(room["fname"]))


async def save_room(tx: Tx, room: Doc) -> None:
    await save(tx, "rooms", room, name_key=fold(room["fname"]))


async def insert_inquiry(tx: Tx, room: Doc, status: str, **more: Any) -> Doc:
    inquiry: Doc = {
        "_id": object_id(),
        "rid": room["_id"],
        "name": room["fname"],
        "ts": room["ts"],
        "message": "",
        "status": status,
        "v": {key: room["v"][key] for key in ("_id", "username", "token", "status")},
        "t": "l",
        "priorityWeight": room["priorityWeight"],
        "estimatedWaitingTimeQueue": room["estimatedWaitingTimeQueue"],
        "source": room["source"],
    }
    if "departmentId" in room:
        inquiry["department"] = room["departmentId"]
    inquiry |= {key: room[key] for key in ("priorityId", "slaId") if key in room} | more
    await insert(tx, "inquiries", inquiry, due_at=_due(inquiry))
    return inquiry


async def save_inquiry(tx: Tx, inquiry: Doc, **columns: Any) -> None:
    await save(tx, "inquiries", inquiry, due_at=_due(inquiry), **columns)


def _due(inquiry: Doc) -> str | None:
    """When a chat that waits must have been served by its SLA, counted from when it began to."""
    if "slaId" not in inquiry or "queuedAt" not in inquiry:
        return None
    return later(inquiry["queuedAt"], minutes=inquiry["estimatedWaitingTimeQueue"])


async def inquiry_of(q: Reader, room_id: str) -> Doc | None:
    doc = await q.value("SELECT doc FROM inquiries WHERE room_id = $1", room_id)
    return None if doc is None else decode(doc)


async def delete_inquiry(tx: Tx, room_id: str) -> None:
    await tx.rows("DELETE FROM inquiries WHERE room_id = $1", room_id)


async def insert_subscription(tx: Tx, room: Doc, agent: Doc) -> bool:
    """The agent takes part in the room (contract/core.md §5.2); False when already so."""
    subscription: Doc = {
        "_id": object_id(),
        "rid": room["_id"],
        "name": room["fname"],
        "fname": room["fname"],
        "alert": True,
        "open": True,
        "unread": 1,
        "userMentions": 1,
        "groupMentions": 0,
        "u": {"_id": agent["_id"], "username": agent["username"]},
        "t": "l",
        "desktopNotifications": "all",
        "mobilePushNotifications": "all",
        "emailNotifications": "all",
        "v": {key: room["v"][key] for key in ("_id", "username", "token", "status")},
        "ts": now(),
    }
    if "departmentId" in room:
        subscription["department"] = room["departmentId"]
    if room.get("onHold"):
        subscription["onHold"] = True
    return await insert(tx, "subscriptions", subscription)


async def subscribed(q: Reader, room_id: str, user_id: str) -> bool:
    sql = "SELECT 1 FROM subscriptions WHERE room_id = $1 AND user_id = $2"
    return await q.value(sql, room_id, user_id) is not None


async def delete_subscriptions(tx: Tx, room_id: str, *, but: str = "") -> list[Doc]:
    """What they were; of everybody, or of everybody but one user."""
    where = "room_id = $1 AND user_id <> $2"
    await _remember(tx, where, room_id, but)
    gone = await tx.rows(f"DELETE FROM subscriptions WHERE {where} RETURNING doc", room_id, but)
    return [decode(row[0]) for row in gone]


async def _remember(tx: Tx, where: str, room_id: str, user_id: str) -> None:
    await tx.rows(
        "INSERT INTO former_subscriptions (id, user_id, room_id, removed_at)"
        f" SELECT id, user_id, room_id, $3 FROM subscriptions WHERE {where}",
        room_id,
        user_id,
        now(),
    )


async def rename_open(tx: Tx, visitor_id: str, name: str) -> None:
    """The visitor's name changed: their open room, its inquiry and its subscriptions follow."""
    room = await open_room_of(tx, visitor_id)
    if room is None:
        return
    await tx.lock("rooms", room["_id"])
    room = await find_room(tx, room["_id"])
    if room is None or room["fname"] == name:
        return
    room["fname"] = name
    await save_room(tx, room)
    if (inquiry := await inquiry_of(tx, room["_id"])) is not None:
        inquiry["name"] = name
        await save_inquiry(tx, inquiry)
        await tell_shown(tx, inquiry)
    rows = await tx.rows("SELECT doc FROM subscriptions WHERE room_id = $1", room["_id"])
    for subscription in (decode(row[0]) for row in rows):
        subscription["name"] = subscription["fname"] = name
        await save(tx, "subscriptions", subscription)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})


async def delete_rooms_of(tx: Tx, visitor_id: str) -> None:
    """All rooms of a visitor, with who took part in them and what waited for them."""
    mine = "(SELECT id FROM rooms WHERE visitor_id = $1)"
    await tx.rows(f"DELETE FROM subscriptions WHERE room_id IN {mine}", visitor_id)
    await tx.rows(f"DELETE FROM inquiries WHERE room_id IN {mine}", visitor_id)
    await tx.rows("DELETE FROM rooms WHERE visitor_id = $1", visitor_id)


async def delete_subscription(tx: Tx, room_id: str, user_id: str) -> Doc | None:
    """What it was; None when the person took no part in the room."""
    where = "room_id = $1 AND user_id = $2"
    await _remember(tx, where, room_id, user_id)
    sql = f"DELETE FROM subscriptions WHERE {where} RETURNING doc"
    doc = await tx.value(sql, room_id, user_id)
    return None if doc is None else decode(doc)


async def rooms_with(q: Reader, user_id: str) -> list[str]:
    """Ids of the rooms somebody takes part in."""
    rows = await q.rows("SELECT room_id FROM subscriptions WHERE user_id = $1", user_id)
    return [row[0] for row in rows]


async def left_behind(q: Reader, limit: int) -> list[tuple[str, str]]:
    """(user id, room id) where somebody takes part who is inactive or gone."""
    rows = await q.rows(
        "SELECT s.user_id, s.room_id FROM subscriptions s LEFT JOIN users u ON u.id = s.user_id"
        " WHERE u.id IS NULL OR NOT u.active ORDER BY s.id LIMIT $1",
        limit,
    )
    return [(row[0], row[1]) for row in rows]
