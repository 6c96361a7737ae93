"""SQL of mailings, and of whom they may go to."""

from parley.clock import later, now
from parley.db.documents import Doc, decode, find, insert
from parley.db.tx import Reader, Tx

KEEP_DAYS = 30
BATCH = 100


async def insert_mailing(tx: Tx, mailing: Doc) -> None:
    await insert(tx, "mailings", mailing)


async def find_mailing(q: Reader, key: str) -> Doc | None:
    return await find(q, "mailings", key)


async def people_after(q: Reader, user_id: str) -> list[Doc]:
    """A batch of active people by id, from the one after this."""
    rows = await q.rows(
        "SELECT doc FROM users WHERE id > $1 AND active ORDER BY id LIMIT $2", user_id, BATCH
    )
    return [decode(row[0]) for row in rows]


async def prune_mailings(tx: Tx) -> int:
    """Deletes a batch of old ones; how many."""
    gone = await tx.rows(
        "DELETE FROM mailings WHERE id IN (SELECT id FROM mailings WHERE ts < $1"
        " ORDER BY ts, id LIMIT $2) RETURNING id",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)
