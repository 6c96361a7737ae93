"""SQL of messages."""

from typing import Any

from parley.clock import now
from parley.db.documents import Doc, Params, decode, encode, find, insert
from parley.db.tx import Reader, Tx
from parley.messages.index import unindex_visitor


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
    """All in the visitor's rooms, whoever wrote them; they are found no more."""
    await unindex_visitor(tx, visitor_id)
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
