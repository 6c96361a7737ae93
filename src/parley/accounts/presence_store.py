"""SQL of when agents were there."""

from typing import NamedTuple

from parley.db.documents import Doc, Params, decode, encode
from parley.db.tx import Reader, Tx

BATCH = 100


class Presence(NamedTuple):
    there: bool
    left_at: str | None
    """When they went offline, if they have not been there since."""


async def presence_of(q: Reader, agent_id: str) -> Presence | None:
    """None for an agent of whom nothing was noted yet."""
    row = await q.row("SELECT there, left_at FROM agent_presence WHERE agent_id = $1", agent_id)
    return None if row is None else Presence(bool(row[0]), row[1])


async def put_presence(tx: Tx, agent_id: str, presence: Presence) -> None:
    await tx.rows(
        "INSERT INTO agent_presence (agent_id, there, left_at, settled) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (agent_id) DO UPDATE SET there = $2, left_at = $3, settled = $4",
        agent_id,
        *presence,
        False,
    )


async def delete_presence(tx: Tx, agent_id: str) -> None:
    await tx.rows("DELETE FROM agent_presence WHERE agent_id = $1", agent_id)


async def left_before(q: Reader, at: str, after: tuple[str, str]) -> list[tuple[str, str]]:
    """(when, agent id) of a page of those who left by then and whose chats are not settled."""
    rows = await q.rows(
        "SELECT left_at, agent_id FROM agent_presence WHERE left_at IS NOT NULL AND NOT settled"
        " AND left_at <= $1 AND (left_at, agent_id) > ($2, $3)"
        " ORDER BY left_at, agent_id LIMIT $4",
        at,
        *after,
        BATCH,
    )
    return [(row[0], row[1]) for row in rows]


async def settle_presence(tx: Tx, agent_id: str, left_at: str) -> None:
    """Their chats are settled, unless they have come and gone meanwhile."""
    await tx.rows(
        "UPDATE agent_presence SET settled = $3 WHERE agent_id = $1 AND left_at = $2",
        agent_id,
        left_at,
        True,
    )


async def day_of(q: Reader, agent_id: str, date: int) -> Doc | None:
    doc = await q.value(
        "SELECT doc FROM agent_activity WHERE agent_id = $1 AND date = $2", agent_id, date
    )
    return None if doc is None else decode(doc)


async def put_day(tx: Tx, row: Doc, *, running: bool) -> None:
    await tx.rows(
        "INSERT INTO agent_activity (id, doc, agent_id, date, running) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (agent_id, date) DO UPDATE SET doc = $2, running = $5",
        f"{row['agentId']}:{row['date']}",
        encode(row),
        row["agentId"],
        row["date"],
        running,
    )


async def running_of(q: Reader, agent_id: str) -> list[Doc]:
    rows = await q.rows("SELECT doc FROM agent_activity WHERE agent_id = $1 AND running", agent_id)
    return [decode(row[0]) for row in rows]


async def running_before(q: Reader, date: int) -> list[Doc]:
    """A batch of the days before this one whose sessions are still open."""
    rows = await q.rows(
        "SELECT doc FROM agent_activity WHERE running AND date < $1 ORDER BY date, id LIMIT $2",
        date,
        BATCH,
    )
    return [decode(row[0]) for row in rows]


async def list_activity(
    q: Reader, first: int, last: int, agent_id: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """Days from `first` to `last` (20260131), of everybody or of one agent; and how many."""
    p = Params()
    where = f"date >= {p(first)} AND date <= {p(last)}"
    if agent_id:
        where += f" AND agent_id = {p(agent_id)}"
    total = await q.value(f"SELECT count(*) FROM agent_activity WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM agent_activity WHERE {where} ORDER BY date, agent_id"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [decode(row[0]) for row in rows], total
