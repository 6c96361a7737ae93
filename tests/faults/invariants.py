"""What must hold of a database at any time, whatever became of those who wrote to it."""

from collections import defaultdict
from typing import Any

from parley.db import open_database
from parley.db.documents import decode
from parley.messages.kinds import KINDS

Json = dict[str, Any]


async def check_books(database_url: str) -> dict[str, Json]:
    """Each room agrees with its messages, each stream with its numbers; all messages by id."""
    db = await open_database(database_url)
    try:
        rooms = [decode(row[0]) for row in await db.read(lambda q: q.rows("SELECT doc FROM rooms"))]
        sql = "SELECT doc FROM messages ORDER BY ts, seq, id"
        messages = [decode(row[0]) for row in await db.read(lambda q: q.rows(sql))]
        sql = "SELECT stream, number FROM outbox ORDER BY stream, number"
        events = [tuple(row) for row in await db.read(lambda q: q.rows(sql))]
        sql = "SELECT id, room_id FROM deleted_messages"
        gone = {row[0]: row[1] for row in await db.read(lambda q: q.rows(sql))}
        sql = "SELECT name, last FROM streams WHERE name <> ''"  # '' counts places in the outbox
        counters = [tuple(row) for row in await db.read(lambda q: q.rows(sql))]
    finally:
        await db.close()
    of_room: dict[str, list[Json]] = defaultdict(list)
    for message in messages:
        of_room[message["rid"]].append(message)
    assert set(of_room) | set(gone.values()) <= {room["_id"] for room in rooms}
    assert not {message["_id"] for message in messages} & gone.keys()
    for room in rooms:
        own = of_room[room["_id"]]
        deleted = room["_id"] in gone.values() or any(m.get("t") == "rm" for m in own)
        _check_room(room, own, deleted=deleted)
    assert events == [(name, n) for name, last in sorted(counters) for n in range(1, last + 1)]
    told = {name.removeprefix("room:") for name, _ in counters if name.startswith("room:")}
    assert told == {room["_id"] for room in rooms}
    return {message["_id"]: message for message in messages}


def _check_room(room: Json, messages: list[Json], *, deleted: bool) -> None:
    kinds = [KINDS[message.get("t")] for message in messages]
    assert room["msgs"] == sum(kind.weight for kind in kinds)
    told = [
        message
        for message, kind in zip(messages, kinds, strict=True)
        if kind.notifies and ("tmid" not in message or message.get("tshow"))
    ]
    if not deleted:
        assert room["lm"] == told[-1]["ts"]
        _check_shown(room["lastMessage"], told[-1])
        return
    # A deletion does not unsay: `lm` stays, and what people said before is what is shown.
    assert room["lm"] >= told[-1]["ts"]
    said = [message for message in told if "t" not in message]
    if shown := room.get("lastMessage"):
        _check_shown(shown, *said[-1:], told[-1])
    else:
        assert said == []


def _check_shown(shown: Json, *allowed: Json) -> None:
    """But for the moment it was written at, which the stored copy may have of its own."""
    assert shown in [message | {"_updatedAt": shown["_updatedAt"]} for message in allowed]
