"""SQL of files and of their pieces."""

from parley.db.documents import Doc, decode, encode, insert
from parley.db.tx import Reader, Tx

CHUNK = 256 * 1024
"""Bytes of a piece; only the last one of a file is shorter."""
BATCH = 64
"""Pieces deleted at once, so that nobody waits long for the writer."""
ARRIVING, WHOLE = "arriving", "whole"


async def insert_upload(tx: Tx, upload: Doc, expires_at: str) -> None:
    await insert(tx, "uploads", upload, expires_at=expires_at)


async def insert_chunk(tx: Tx, upload_id: str, n: int, piece: bytes, expires_at: str) -> bool:
    """False when the file is gone; one that goes on is nobody's for longer."""
    sql = (
        "UPDATE uploads SET expires_at = $2, stored = stored + $3"
        " WHERE id = $1 AND state = 'arriving' RETURNING id"
    )
    if await tx.value(sql, upload_id, expires_at, len(piece)) is None:
        return False
    await tx.rows("INSERT INTO upload_chunks VALUES ($1, $2, $3)", upload_id, n, piece)
    return True


async def bytes_since(q: Reader, author_id: str, since: str) -> int:
    """Of all files that somebody has sent since then, and that are there; of those arriving too."""
    sql = (
        "SELECT CAST(COALESCE(sum(stored), 0) AS bigint) FROM uploads"
        " WHERE author_id = $1 AND uploaded_at > $2"
    )
    return int(await q.value(sql, author_id, since))


async def find_upload(q: Reader, upload_id: str) -> tuple[Doc, str | None] | None:
    """(the file, when it expires); None for one that is still arriving."""
    sql = "SELECT doc, expires_at FROM uploads WHERE id = $1 AND state = 'whole'"
    row = await q.row(sql, upload_id)
    return None if row is None else (decode(row[0]), row[1])


async def save_upload(tx: Tx, upload: Doc, expires_at: str | None) -> bool:
    """False when the file is gone; with None it stays."""
    sql = "UPDATE uploads SET doc = $2, expires_at = $3 WHERE id = $1 RETURNING id"
    return await tx.value(sql, upload["_id"], encode(upload), expires_at) is not None


async def find_chunk(q: Reader, upload_id: str, n: int) -> bytes | None:
    sql = "SELECT bytes FROM upload_chunks WHERE upload_id = $1 AND n = $2"
    found: bytes | None = await q.value(sql, upload_id, n)
    return found


async def delete_arriving(tx: Tx, ids: list[str]) -> list[str]:
    """Ids of those that were; what is whole by now stays."""
    marks = ", ".join(f"${n}" for n in range(1, len(ids) + 1))
    sql = f"DELETE FROM uploads WHERE id IN ({marks}) AND state = 'arriving' RETURNING id"
    return [row[0] for row in await tx.rows(sql, *ids)]


async def delete_expired(tx: Tx, now: str, most: int) -> list[str]:
    rows = await tx.rows(
        "DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE expires_at IS NOT NULL"
        " AND expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING id",
        now,
        most,
    )
    return [row[0] for row in rows]


async def delete_of_visitor(tx: Tx, visitor_id: str) -> list[str]:
    """Of all the visitor's rooms, before those go."""
    rows = await tx.rows(
        "DELETE FROM uploads WHERE room_id IN (SELECT id FROM rooms WHERE visitor_id = $1)"
        " RETURNING id",
        visitor_id,
    )
    return [row[0] for row in rows]


async def delete_of_room(tx: Tx, room_id: str) -> list[str]:
    rows = await tx.rows("DELETE FROM uploads WHERE room_id = $1 RETURNING id", room_id)
    return [row[0] for row in rows]


async def delete_some(tx: Tx, room_id: str, ids: list[str]) -> list[str]:
    marks = ", ".join(f"${n}" for n in range(2, len(ids) + 2))
    sql = f"DELETE FROM uploads WHERE room_id = $1 AND id IN ({marks}) RETURNING id"
    return [row[0] for row in await tx.rows(sql, room_id, *ids)]


async def delete_chunks(tx: Tx, upload_id: str) -> int:
    """A batch of them; how many went."""
    gone = await tx.rows(
        "DELETE FROM upload_chunks WHERE upload_id = $1 AND n IN (SELECT n FROM upload_chunks"
        " WHERE upload_id = $1 ORDER BY n LIMIT $2) RETURNING n",
        upload_id,
        BATCH,
    )
    return len(gone)
