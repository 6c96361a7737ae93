"""Why a chat went where it went, written when it did."""

from typing import Any

from parley.clock import now
from parley.db.documents import Doc, decode, encode
from parley.db.tx import Reader, Tx

ASSIGNED, QUEUED, REFUSED = "assigned", "queued", "refused"

MOST = 100
"""Of a room; older ones go."""


async def note(
    tx: Tx, room_id: str, outcome: str, reason: str, detail: Doc, *, new: bool = False
) -> None:
    """One decision about a room that the caller has locked; what comes out as before is counted.

    `reason` is a key of routing/reasons.py. `detail` is small, holds ids and usernames of agents
    and nothing of the visitor; its `method` is the routing method. `new`: the room's first.
    """
    method = str(detail.get("method", ""))
    told = encode({key: value for key, value in detail.items() if key != "method"})
    last = None if new else await _last(tx, room_id)
    number = last[0] if last else 0
    if last and outcome != ASSIGNED and tuple(last)[1:] == (method, outcome, reason):
        await tx.rows(
            "UPDATE routing_decisions SET times = times + 1, last_at = $3, detail = $4"
            " WHERE room_id = $1 AND number = $2",
            room_id,
            number,
            now(),
            told,
        )
        return
    await _insert(tx, room_id, number + 1, method, outcome, reason, told)
    if number >= MOST:
        sql = "DELETE FROM routing_decisions WHERE room_id = $1 AND number <= $2"
        await tx.rows(sql, room_id, number + 1 - MOST)


async def _last(tx: Tx, room_id: str) -> Any:
    return await tx.row(
        "SELECT number, method, outcome, reason FROM routing_decisions WHERE room_id = $1"
        " ORDER BY number DESC LIMIT 1",
        room_id,
    )


async def _insert(tx: Tx, room_id: str, number: int, *said: str) -> None:
    await tx.rows(
        "INSERT INTO routing_decisions"
        " (room_id, number, at, last_at, times, method, outcome, reason, detail)"
        " VALUES ($1, $2, $3, $3, 1, $4, $5, $6, $7)",
        room_id,
        number,
        now(),
        *said,
    )


async def decisions_of(q: Reader, room_id: str) -> list[Doc]:
    """Oldest first, a hundred at most."""
    rows = await q.rows(
        "SELECT at, last_at, times, method, outcome, reason, detail FROM routing_decisions"
        " WHERE room_id = $1 ORDER BY number LIMIT 100",
        room_id,
    )
    keys = ("at", "lastAt", "times", "method", "outcome", "code")
    return [dict(zip(keys, row, strict=False)) | {"detail": decode(row[6])} for row in rows]


async def forget_decisions(tx: Tx, room_id: str) -> None:
    await tx.rows("DELETE FROM routing_decisions WHERE room_id = $1", room_id)


async def forget_decisions_of(tx: Tx, visitor_id: str) -> None:
    """Of all rooms of a visitor, which are still there."""
    await tx.rows(
        "DELETE FROM routing_decisions WHERE room_id IN"
        " (SELECT id FROM rooms WHERE visitor_id = $1)",
        visitor_id,
    )
