"""The outbox (ARCHITECTURE.md, "Events").

An event's number is a counter row of its stream, raised in the writing transaction, so a number
that can be seen has no unseen number before it. Streams: `room:<id>`, `user:<id>`,
`queue:<department id or "public">`. Where a row stands in the order of commits: db/order.py.
"""

from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from parley.clock import later, now
from parley.db.documents import encode
from parley.db.order import ORDERS
from parley.db.tx import Tx

KEEP_DAYS = 7
BATCH = 1000


class Emitted(NamedTuple):
    stream: str
    kind: str
    doc: dict[str, Any]


async def emit(tx: Tx, stream: str, kind: str, doc: dict[str, Any]) -> None:
    """Records an event of this transaction.

    `doc` names what changed, by id; it repeats no text of a message, so that a text that is
    deleted or erased is nowhere left behind.
    """
    if not tx.events:
        tx.at_end.append(_write)
    tx.events.append(Emitted(stream, kind, doc))


async def _write(tx: Tx) -> None:
    # In the order of stream names, whatever order the act had: two transactions that lock the
    # same counters in different orders would wait for each other for ever.
    at = now()
    order = ORDERS[tx.engine]
    by_stream = attrgetter("stream")
    for stream, group in groupby(sorted(tx.events, key=by_stream), by_stream):
        events = list(group)
        counters = await tx.rows(
            f"INSERT INTO streams (name, last) VALUES ($1, $2){order.counter}"
            " ON CONFLICT (name) DO UPDATE SET last = streams.last + excluded.last"
            " RETURNING name, last",
            stream,
            len(events),
        )
        last = {row[0]: row[1] for row in counters}
        place = [last[""]] if order.counter else []
        for number, event in enumerate(events, last[stream] - len(events) + 1):
            await tx.rows(
                "INSERT INTO outbox (stream, number, kind, doc, at, place)"
                f" VALUES ($1, $2, $3, $4, $5, {order.place.format(count='$6')})",
                stream,
                number,
                event.kind,
                encode(event.doc),
                at,
                *place,
            )


async def prune(tx: Tx) -> int:
    """Deletes one batch of events older than 7 days; how many went."""
    gone = await tx.rows(
        "DELETE FROM outbox WHERE (stream, number) IN"
        " (SELECT stream, number FROM outbox WHERE at < $1 ORDER BY at LIMIT $2)"
        " RETURNING number",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)


async def forget(tx: Tx, stream: str) -> None:
    """What the stream is of is gone, and so are its events; none may be emitted on it after."""
    await tx.rows("DELETE FROM outbox WHERE stream = $1", stream)
    await tx.rows("DELETE FROM streams WHERE name = $1", stream)
