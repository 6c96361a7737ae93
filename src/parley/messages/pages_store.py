"""SQL of the pages a visitor went through: in rooms, and before there is one."""

from parley.clock import later, now
from parley.db.documents import Doc, Params, decode, encode
from parley.db.tx import Reader, Tx

KEEP_DAYS = 30
MOST_PENDING = 100
"""Of one visitor: the newest."""
BATCH = 1000


async def insert_pending(tx: Tx, token_hash: str, page: Doc) -> None:
    await tx.rows(
        "INSERT INTO pending_pages (id, doc, token_hash, at) VALUES ($1, $2, $3, $4)",
        page["_id"],
        encode(page),
        token_hash,
        page["ts"],
    )
    await tx.rows(
        "DELETE FROM pending_pages WHERE id IN (SELECT id FROM pending_pages WHERE token_hash = $1"
        " ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3)",
        token_hash,
        BATCH,
        MOST_PENDING,
    )


async def take_pending(tx: Tx, token_hash: str) -> list[Doc]:
    """What was visited, oldest first; it is here no longer."""
    rows = await tx.rows(
        "DELETE FROM pending_pages WHERE token_hash = $1 RETURNING at, id, doc", token_hash
    )
    after = later(now(), days=-KEEP_DAYS)
    return [decode(row[2]) for row in sorted(rows, key=lambda row: row[:2]) if row[0] > after]


async def delete_pending(tx: Tx, token_hash: str) -> None:
    await tx.rows("DELETE FROM pending_pages WHERE token_hash = $1", token_hash)


async def prune_pending(tx: Tx) -> int:
    """Deletes a batch of what nobody's room came for in 30 days; how many went."""
    gone = await tx.rows(
        "DELETE FROM pending_pages WHERE id IN"
        " (SELECT id FROM pending_pages WHERE at < $1 ORDER BY at LIMIT $2) RETURNING id",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)


async def list_pages(
    q: Reader, room_id: str, kind: str, descending: bool, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, and how many there are."""
    p, way = Params(room_id, kind), "DESC" if descending else "ASC"
    where = "room_id = $1 AND kind = $2"
    total = await q.value(f"SELECT count(*) FROM messages WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE {where} ORDER BY ts {way}, seq {way}, id {way}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total
