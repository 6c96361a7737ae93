"""Whether all that was written can be found: the index of searches against the messages."""

from collections.abc import AsyncIterator

from parley.db.documents import decode
from parley.db.fulltext import missing_in_full_text
from parley.db.meta import get_mark
from parley.db.snapshot import Snapshot
from parley.db.words import searched
from parley.messages.indexing import MARK, SEARCHABLE
from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "search"
COMPARED = 1000
"""Newest messages whose words are made anew and compared."""

_REMEDY = "`parley reindex`, while the server is stopped; please report it"

_NOT_INDEXED = (
    f"SELECT count(*) FROM messages m WHERE {SEARCHABLE}"
    " AND EXISTS (SELECT 1 FROM rooms r WHERE r.id = m.room_id)"
    " AND NOT EXISTS (SELECT 1 FROM message_words w WHERE w.message_id = m.id)"
)
_STRAY = (
    "SELECT count(*) FROM message_words w WHERE NOT EXISTS (SELECT 1 FROM messages m"
    f" WHERE m.id = w.message_id AND {SEARCHABLE} AND m.room_id = w.room_id"
    " AND COALESCE(m.visitor_id, '') = w.visitor_id)"
)
_NEWEST = (
    "SELECT w.words, m.doc FROM message_words w CROSS JOIN messages m"
    f" WHERE m.id = w.message_id ORDER BY w.n DESC LIMIT {COMPARED}"
)


async def search(found: Snapshot) -> AsyncIterator[Finding]:
    q, wrong = found.q, []
    done = await get_mark(q, MARK)
    if done is not None:
        left = await q.value("SELECT count(*) FROM rooms WHERE id > $1", done)
        text = f"older messages cannot be found yet: {left:,} rooms are still to be indexed"
        yield warning(WHAT, text, "a running server does it, in minutes")
    elif missing := await q.value(_NOT_INDEXED):
        wrong.append(f"{missing:,} messages cannot be found")
    if stray := await q.value(_STRAY):
        wrong.append(f"{stray:,} entries are of no message, or of another room or visitor")
    pairs = [(row[0], decode(row[1])) for row in await q.rows(_NEWEST)]
    if other := sum(words != searched(message["msg"]) for words, message in pairs):
        wrong.append(f"{other:,} of the newest messages are found by another text")
    if lost := await missing_in_full_text(q):
        wrong.append(f"the full text lacks {lost:,} entries, or has as many too much")
    for text in wrong:
        yield error(WHAT, text, _REMEDY)
    if not wrong and done is None:
        yield ok(WHAT, "every message can be found")
