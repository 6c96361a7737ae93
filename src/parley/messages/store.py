"""SQL of messages, of what is left of deleted ones, and of what they said before."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from parley.clock import now
from parley.db.documents import Doc, Params, decode, encode, find, insert, save
from parley.db.tx import Reader, Tx
from parley.ids import object_id
from parley.messages.index import unindex_visitor

NEWEST_FIRST = "ts DESC, seq DESC, id DESC"
OLDEST_FIRST = "ts, seq, id"


async def find_message(q: Reader, message_id: str) -> Doc | None:
    return await find(q, "messages", message_id)


async def insert_message(tx: Tx, room: Doc, message: Doc) -> bool:
    """False when the id is taken."""
    message["_updatedAt"] = now()
    # One more than the message before it: so equal times are ordered. (The room's count of messages
    # would not do: it shrinks when one is deleted.)
    sql = (
        "INSERT INTO messages (id, doc, visitor_id, contact_id, seq) VALUES ($1, $2, $3, $4,"
        f" COALESCE((SELECT seq + 1 FROM messages WHERE room_id = $5 AND ts <= $6"
        f" ORDER BY {NEWEST_FIRST} LIMIT 1), 0)) ON CONFLICT DO NOTHING RETURNING id"
    )
    visitor, contact = room["v"]["_id"], room.get("contactId")
    where = (room["_id"], message["ts"])
    return (
        await tx.value(sql, message["_id"], encode(message), visitor, contact, *where) is not None
    )


async def save_message(tx: Tx, message: Doc) -> None:
    await save(tx, "messages", message)


async def delete_message(tx: Tx, message: Doc) -> None:
    """Of the message stays that there was one, and when it went."""
    await tx.rows("DELETE FROM messages WHERE id = $1", message["_id"])
    await tx.rows(
        "INSERT INTO deleted_messages (id, room_id, at) VALUES ($1, $2, $3)",
        message["_id"],
        message["rid"],
        now(),
    )


async def was_deleted(q: Reader, message_id: str) -> bool:
    return await q.value("SELECT 1 FROM deleted_messages WHERE id = $1", message_id) is not None


async def keep_version(tx: Tx, message: Doc) -> None:
    """What the message says now, before it changes."""
    await insert(
        tx,
        "message_versions",
        message | {"_id": object_id(), "parent": message["_id"]},
        message_id=message["_id"],
        room_id=message["rid"],
        at=now(),
    )


LEFT_OF_THEM = ("deleted_messages", "message_versions")
"""Tables of what is left of single messages; whoever deletes a room deletes from these too."""


async def last_said(q: Reader, room_id: str) -> Doc | None:
    """The newest message that a person or the visitor wrote for all to see."""
    doc = await q.value(
        "SELECT doc FROM messages WHERE room_id = $1 AND kind IS NULL AND NOT hidden"
        " AND (doc ->> 'tmid' IS NULL OR COALESCE(CAST(doc -> 'tshow' AS text) = 'true', false))"
        f" ORDER BY {NEWEST_FIRST} LIMIT 1",
        room_id,
    )
    return None if doc is None else decode(doc)


async def newest_reply(q: Reader, root: Doc, but: str) -> str | None:
    """When the last answer in the thread was written, one of them left out; None for none."""
    found: str | None = await q.value(
        "SELECT ts FROM messages WHERE room_id = $1 AND kind IS NULL AND NOT hidden"
        f" AND doc ->> 'tmid' = $2 AND id <> $3 ORDER BY {NEWEST_FIRST} LIMIT 1",
        root["rid"],
        root["_id"],
        but,
    )
    return found


async def with_file(q: Reader, file_id: str) -> tuple[str, str] | None:
    """(room's id, message's id) of the message that carries the file."""
    row = await q.row(
        "SELECT m.room_id, m.id FROM uploads u JOIN messages m ON m.room_id = u.room_id"
        " AND m.doc -> 'file' ->> '_id' = u.id WHERE u.id = $1",
        file_id,
    )
    return None if row is None else (row[0], row[1])


async def readable(
    q: Reader, message_ids: list[str], may_read: Callable[[Params], str]
) -> dict[str, Doc]:
    """{id: message} of what people wrote in rooms `r` that pass the predicate."""
    p = Params()
    marks = ", ".join(p(key) for key in message_ids)
    rows = await q.rows(
        "SELECT m.id, m.doc FROM messages m JOIN rooms r ON r.id = m.room_id"
        f" WHERE m.id IN ({marks}) AND m.kind IS NULL AND NOT m.hidden AND {may_read(p)}",
        *p.values,
    )
    return {row[0]: decode(row[1]) for row in rows}


async def insert_messages(tx: Tx, room: Doc, messages: list[Doc]) -> None:
    """Several with new ids, by one statement, as `insert_message` does with each."""
    p, rows, at = Params(), [], now()
    for n, message in enumerate(messages):
        message["_updatedAt"] = at
        owners = (room["v"]["_id"], room.get("contactId"))
        values = (message["_id"], encode(message), *owners, room["msgs"] + n)
        rows.append(f"({', '.join(p(value) for value in values)})")
    await tx.rows(
        "INSERT INTO messages (id, doc, visitor_id, contact_id, seq) VALUES " + ", ".join(rows),
        *p.values,
    )


async def delete_messages_of(tx: Tx, visitor_id: str) -> None:
    """All in the visitor's rooms, which are still there; what they are found by, and what is left
    of those that were changed or deleted."""
    await unindex_visitor(tx, visitor_id)
    for table in LEFT_OF_THEM:
        await tx.rows(
            f"DELETE FROM {table} WHERE room_id IN (SELECT id FROM rooms WHERE visitor_id = $1)",
            visitor_id,
        )
    await tx.rows("DELETE FROM messages WHERE visitor_id = $1", visitor_id)


async def history(
    q: Reader, room_id: str, hidden_kinds: list[str], before: str | None, limit: int, offset: int
) -> list[str]:
    """Documents of a room's messages as stored, newest first."""
    p = Params(room_id)
    tests = ["room_id = $1", "NOT hidden"]
    if hidden_kinds:
        marks = ", ".join(p(kind) for kind in hidden_kinds)
        tests.append(f"(kind IS NULL OR kind NOT IN ({marks}))")
    if before is not None:
        tests.append(f"ts < {p(before)}")
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE {' AND '.join(tests)}"
        f" ORDER BY {NEWEST_FIRST} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows]


async def conversation(
    q: Reader, room_id: str, term: str, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """(documents of what was said in a room, how many there are): people's words, and the close."""
    p = Params(room_id)
    tests = "room_id = $1 AND (kind IS NULL OR kind = 'livechat-close') AND NOT hidden"
    if term:
        tests += f" AND {_holds(term, p)}"
    total = await q.value(f"SELECT count(*) FROM messages WHERE {tests}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE {tests} ORDER BY {order}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


TEXTS = "SELECT id, doc ->> 'msg' AS text FROM messages WHERE room_id = $1"
NESTED = 12
"""Calls in one another; SQLite's parser takes some 25."""


def _holds(term: str, p: Params) -> str:
    """SQL: the text, of room `$1`, holds the term, in capitals or not.

    `lower` knows ASCII alone on SQLite: other capitals of the term's letters are made small before.
    """
    small = "".join(c.lower()[0] for c in term)
    pairs = [(big, c) for c in dict.fromkeys(small) for big in _capitals().get(c, ())]
    steps = [TEXTS]
    for start in range(0, len(pairs), NESTED):
        text = "text"
        for big, c in pairs[start : start + NESTED]:
            text = f"replace({text}, {p(big)}, {p(c)})"
        steps.append(f"SELECT id, {text} AS text FROM step{len(steps) - 1}")
    named = ", ".join(f"step{n} AS ({step})" for n, step in enumerate(steps))
    escaped = small.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"lower(text) LIKE {p(f'%{escaped}%')} ESCAPE '\\'"
    return f"id IN (WITH {named} SELECT id FROM step{len(steps) - 1} WHERE {like})"


@cache
def _capitals() -> dict[str, list[str]]:
    """{small letter: its capitals beyond ASCII}."""
    found: dict[str, list[str]] = {}
    for letter in map(chr, range(128, 0x1F000)):
        small = letter.lower()[0]
        if small != letter:
            found.setdefault(small, []).append(letter)
    return found


class Changes(NamedTuple):
    """What changed, in order of time; `last` is the time of the last one where there may be more.

    All changes of one moment are on one page: whoever goes on from `last` misses none.
    """

    rows: list[Any]
    last: str | None


UPDATED = ("messages", "updated_at", " AND NOT hidden", "doc")
DELETED = ("deleted_messages", "at", "", "id")


async def changes(
    q: Reader, what: tuple[str, str, str, str], room_id: str, since: str, limit: int, *, back: bool
) -> Changes:
    """`what`: UPDATED, rows of (document, time), or DELETED, of (id, time). `back`: before `since`,
    newest first."""
    table, at, only, shown = what
    way, beyond, up_to, end = ("DESC", "<", ">=", "") if back else ("ASC", ">", "<=", "~")
    where = f"FROM {table} WHERE room_id = $1{only} AND {at} {beyond} $2"
    rows = await q.rows(
        f"SELECT {shown}, {at} {where} AND {at} {up_to} COALESCE((SELECT {at} {where}"
        f" ORDER BY {at} {way}, id {way} LIMIT 1 OFFSET $3), $4) ORDER BY {at} {way}, id {way}",
        room_id,
        since,
        limit - 1,
        end,
    )
    return Changes(rows, rows[-1][1] if len(rows) >= limit else None)


async def first_of_agents_after(q: Reader, room_id: str, ts: str) -> Doc | None:
    """The first message after `ts` that is not the visitor's own, system messages included."""
    doc: Any = await q.value(
        "SELECT doc FROM messages WHERE room_id = $1 AND ts > $2"
        " AND doc ->> 'token' IS NULL ORDER BY ts, seq, id LIMIT 1",
        room_id,
        ts,
    )
    return None if doc is None else decode(doc)


async def delete_messages_of_room(tx: Tx, room_id: str) -> None:
    """All of a room that goes for good, and what is left of those that were changed or deleted."""
    for table in LEFT_OF_THEM:
        await tx.rows(f"DELETE FROM {table} WHERE room_id = $1", room_id)
    await tx.rows("DELETE FROM messages WHERE room_id = $1", room_id)


async def move_messages(tx: Tx, room: Doc) -> None:
    """Another visitor's room now: its messages are found with their others."""
    await tx.rows(
        "UPDATE messages SET visitor_id = $2, contact_id = $3 WHERE room_id = $1",
        room["_id"],
        room["v"]["_id"],
        room.get("contactId"),
    )


Place = tuple[str, int, str]
"""Where a message stands in its room: time, number, id."""


async def page_back(
    q: Reader, room_id: str, without: Sequence[str] | None, before: Place | None, limit: int
) -> list[tuple[Place, Doc]]:
    """The room's messages before that place, newest first.

    `without` names kinds that are left out; None leaves out every kind of system message.
    """
    p = Params(room_id)
    kinds = "kind IS NULL"
    if without is not None:
        kinds += f" OR kind NOT IN ({', '.join(p(kind) for kind in without)})"
    tests = f"room_id = $1 AND NOT hidden AND ({kinds})"
    if before is not None:
        tests += f" AND (ts, seq, id) < ({', '.join(p(part) for part in before)})"
    rows = await q.rows(
        f"SELECT ts, seq, id, doc FROM messages WHERE {tests}"
        f" ORDER BY {NEWEST_FIRST} LIMIT {p(limit)}",
        *p.values,
    )
    return [((row[0], row[1], row[2]), decode(row[3])) for row in rows]


async def changed_since(q: Reader, room_id: str, since: str) -> bool:
    """Whether what people say in the room was written, changed or deleted then or later."""
    people = " AND (kind IS NULL OR kind = 'rm')"
    for table, at, only in (("messages", "updated_at", people), ("deleted_messages", "at", "")):
        sql = f"SELECT 1 FROM {table} WHERE room_id = $1 AND {at} >= $2{only} LIMIT 1"
        if await q.value(sql, room_id, since) is not None:
            return True
    return False
