"""SQL of chats that are being verified: where the code goes, and the hash of the one that went."""

from typing import NamedTuple

from parley.clock import now
from parley.db.tx import Reader, Tx


class Asked(NamedTuple):
    address: str | None
    """None until the visitor has told one."""
    code_hash: str | None
    """None until a code is on its way."""
    tries: int
    at: str


async def asked_of(q: Reader, room_id: str) -> Asked | None:
    row = await q.row(
        "SELECT address, code_hash, tries, at FROM verifications WHERE room_id = $1", room_id
    )
    return None if row is None else Asked(*row)


async def put_asked(tx: Tx, room_id: str, address: str | None) -> None:
    """The visitor is asked for a code that goes to this address, or for an address."""
    await tx.rows(
        "INSERT INTO verifications (room_id, address, code_hash, tries, at)"
        " VALUES ($1, $2, NULL, 0, $3) ON CONFLICT (room_id)"
        " DO UPDATE SET address = excluded.address, code_hash = NULL, at = excluded.at",
        room_id,
        address,
        now(),
    )


async def put_code(tx: Tx, room_id: str, code_hash: str) -> None:
    sql = "UPDATE verifications SET code_hash = $2, at = $3 WHERE room_id = $1"
    await tx.rows(sql, room_id, code_hash, now())


async def count_try(tx: Tx, room_id: str) -> int:
    """How many answers were wrong by now."""
    sql = "UPDATE verifications SET tries = tries + 1 WHERE room_id = $1 RETURNING tries"
    return int(await tx.value(sql, room_id))


async def forget_asked(tx: Tx, room_id: str) -> None:
    await tx.rows("DELETE FROM verifications WHERE room_id = $1", room_id)


async def forget_asked_of(tx: Tx, visitor_id: str) -> None:
    """Of all rooms of a visitor, which are still there."""
    await tx.rows(
        "DELETE FROM verifications WHERE room_id IN (SELECT id FROM rooms WHERE visitor_id = $1)",
        visitor_id,
    )


async def asked_before(q: Reader, before: str, most: int) -> list[str]:
    """Rooms that have not moved on since, the oldest first."""
    rows = await q.rows(
        "SELECT room_id FROM verifications WHERE at < $1 ORDER BY at, room_id LIMIT $2",
        before,
        most,
    )
    return [row[0] for row in rows]
