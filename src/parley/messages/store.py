"""SQL of messages."""

from collections.abc import Sequence
from typing import Any

from parley.db.documents import Doc, Params, decode, find, insert
from parley.db.tx import Reader, Tx


async def find_message(q: Reader, message_id: str) -> Doc | None:
    return await find(q, "messages", message_id)


async def insert_message(tx: Tx, room: Doc, message: Doc) -> bool:
    """False when the id is taken."""
    return await insert(
        tx,
        "messages",
        message,
        visitor_id=room["v"]["_id"],
        contact_id=room.get("contactId"),
        # What the room counts before this message: it grows with each, and orders equal times.
        seq=room["msgs"],
    )


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
        f" ORDER BY ts DESC, seq DESC, id DESC LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows]


async def first_of_agents_after(q: Reader, room_id: str, ts: str) -> Doc | None:
    """The first message after `ts` that is not the visitor's own, system messages included."""
    doc: Any = await q.value(
        "SELECT doc FROM messages WHERE room_id = $1 AND ts > $2"
        " AND doc ->> 'token' IS NULL ORDER BY ts, seq, id LIMIT 1",
        room_id,
        ts,
    )
    return None if doc is None else decode(doc)


async def delete_messages_of(tx: Tx, room_id: str) -> None:
    """All of a room that goes for good."""
    await tx.rows("DELETE FROM messages WHERE room_id = $1", room_id)


async def move_messages(tx: Tx, room: Doc) -> None:
    """Another visitor's room now: its messages are found with their others."""
    await tx.rows(
        "UPDATE messages SET visitor_id = $2, contact_id = $3 WHERE room_id = $1",
        room["_id"],
        room["v"]["_id"],
        room.get("contactId"),
    )


async def newest_messages(
    q: Reader, room_id: str, without: Sequence[str] | None, limit: int
) -> tuple[list[Doc], bool]:
    """The room's last messages in order of time, and whether there are older ones.

    `without` names kinds that are left out; None leaves out every kind of system message.
    """
    p = Params(room_id)
    kinds = "kind IS NULL"
    if without is not None:
        kinds += f" OR kind NOT IN ({', '.join(p(kind) for kind in without)})"
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE room_id = $1 AND NOT hidden AND ({kinds})"
        f" ORDER BY ts DESC, seq DESC, id DESC LIMIT {p(limit + 1)}",
        *p.values,
    )
    return [decode(row[0]) for row in reversed(rows[:limit])], len(rows) > limit
