"""Reading the outbox from where somebody stands: what is new, each event once.

Events come in the order of their places (db/order.py), except that those of one stream come by
number, whatever order their transactions began in.
"""

from typing import Any, NamedTuple

from parley.db.documents import decode
from parley.db.meta import get_mark, set_mark
from parley.db.order import ORDERS, least
from parley.db.tx import Reader, Row, Tx
from parley.ids import random_id

EPOCH = "feed"
"""Of `meta`: a database that was put back from a backup is another one, and has another."""


class Event(NamedTuple):
    stream: str
    number: int
    """In its stream, from 1, without holes; 0 of a signal, which is not kept."""
    kind: str
    doc: dict[str, Any]
    at: str
    place: int = 0
    """In the order of what was read together."""

    @property
    def key(self) -> tuple[int, str, int]:
        """What it is sorted by."""
        return self.place, self.stream, self.number


async def horizon(q: Reader) -> str:
    """Of this moment."""
    return str(await q.value(f"SELECT {ORDERS[q.engine].horizon}"))


async def unseen(q: Reader, seen: str, limit: int) -> tuple[str, list[Event]]:
    """(the horizon now, what came between); nothing is left out of fewer events than `limit`.

    ValueError for a horizon that is not one.
    """
    order = ORDERS[q.engine]
    new = order.unseen.format(seen="$1", least="$2")
    rows = await q.rows(
        f"SELECT {order.horizon}, o.place, o.stream, o.number, o.kind, o.doc, o.at"
        f" FROM (SELECT 1) once LEFT JOIN (SELECT * FROM outbox WHERE {new}"
        " ORDER BY place LIMIT $3) o ON true",
        seen,
        least(q.engine, seen),
        limit,
    )
    return str(rows[0][0]), _in_order([row for row in rows if row[1] is not None])


async def between(q: Reader, seen: str, upto: str, limit: int) -> list[Event]:
    """What horizon `upto` has and `seen` has not."""
    order = ORDERS[q.engine]
    least(q.engine, upto)
    new = order.unseen.format(seen="$1", least="$2")
    rows = await q.rows(
        f"SELECT '', place, stream, number, kind, doc, at FROM outbox"
        f" WHERE {new} AND {order.seen.format(seen='$4')} ORDER BY place LIMIT $3",
        seen,
        least(q.engine, seen),
        limit,
        upto,
    )
    return _in_order(rows)


def _in_order(rows: list[Row]) -> list[Event]:
    events: list[Event] = []
    furthest: dict[str, int] = {}
    for _, place, stream, number, kind, doc, at in sorted(rows, key=lambda row: (row[2], row[3])):
        furthest[stream] = max(place, furthest.get(stream, 0))
        events.append(Event(stream, number, kind, decode(doc), at, furthest[stream]))
    return sorted(events, key=lambda event: event.key)


async def settle(tx: Tx) -> str:
    """Before this process reads: the database's epoch, made where there is none.

    Rows that a backup brought have places of another database, which here lie ahead: they were
    seen, whatever they say. The epoch then changes, so that nobody resumes at such a place.
    """
    await tx.lock("meta", EPOCH)
    epoch = await get_mark(tx, EPOCH)
    if epoch is not None and not await _moved(tx):
        return epoch
    await tx.rows("UPDATE outbox SET place = 0 WHERE place <> 0")
    if tx.engine == "sqlite":
        await tx.rows("INSERT INTO streams (name, last) VALUES ('', 0) ON CONFLICT DO NOTHING")
    epoch = random_id()
    await set_mark(tx, EPOCH, epoch)
    return epoch


async def _moved(tx: Tx) -> bool:
    """Whether a row lies ahead of everything that was ever written here."""
    ahead = ORDERS[tx.engine].ahead
    return await tx.value(f"SELECT 1 FROM outbox WHERE {ahead} LIMIT 1") is not None
