"""Indexing the messages from before there was an index, in batches that each are whole.

`meta` knows the last room, by id, that is done; the mark is there while there is more.
"""

from parley.db import Database, Reader, Tx
from parley.db.documents import decode
from parley.db.fulltext import empty
from parley.db.meta import get_mark, set_mark
from parley.messages.index import index_new

MARK = "unindexed"
UNINDEXED = f"EXISTS (SELECT 1 FROM meta WHERE id = '{MARK}')"
"""SQL: whether there is more."""
BATCH = 200
"""Messages of one room in one transaction: others wait for it on SQLite."""
BATCHES = 20_000
"""In one run of the job, which may take so long and no longer."""


async def index_older(db: Database) -> None:
    """Goes on where it stopped, and stops after so many batches."""
    for _ in range(BATCHES):
        if await db.read(get_mark, MARK) is None:
            return
        await db.act(index_batch)


async def index_batch(tx: Tx) -> None:
    """The next messages of the next room; without one, the mark goes."""
    done = await get_mark(tx, MARK)
    room_id = await tx.value("SELECT id FROM rooms WHERE id > $1 ORDER BY id LIMIT 1", done)
    if room_id is None:
        await tx.rows("DELETE FROM meta WHERE id = $1", MARK)
        return
    # Who changes a message has its room: what is read here is still so when it is indexed.
    await tx.lock("rooms", room_id)
    messages = await unindexed(tx, room_id)
    for doc, seq, visitor_id in messages:
        await index_new(tx, decode(doc), seq, visitor_id)
    if len(messages) < BATCH:
        await set_mark(tx, MARK, room_id)


async def start_over(tx: Tx) -> None:
    """Nothing is indexed any more; the job begins with the first room."""
    await empty(tx)
    await set_mark(tx, MARK, "")


async def unindexed(q: Reader, room_id: str) -> list[tuple[str, int, str]]:
    """(document, seq, visitor id) of a room's messages that should be in the index, and are not."""
    rows = await q.rows(
        "SELECT m.doc, m.seq, COALESCE(m.visitor_id, '')"
        f" FROM messages m WHERE m.room_id = $1 AND {SEARCHABLE}"
        " AND NOT EXISTS (SELECT 1 FROM message_words w WHERE w.message_id = m.id)"
        " ORDER BY m.ts, m.seq, m.id LIMIT $2",
        room_id,
        BATCH,
    )
    return [(row[0], row[1], row[2]) for row in rows]


SEARCHABLE = "NOT m.hidden AND (m.kind IS NULL OR m.kind = 'livechat-close')"
"""SQL of what messages/index.py says of a message `m`."""
