"""The queue in numbers: one statement each, by an index, over a bounded number of rows."""

from typing import NamedTuple

from parley.agents.availability import online
from parley.clock import now, seconds
from parley.db.tx import Reader
from parley.integrations.store import oldest_waiting
from parley.preferences.service import current_settings

MOST = 100_000
"""More are not counted: this is asked again and again."""


class Queue(NamedTuple):
    rooms: int
    inquiries: int
    agents: int
    longest: float
    """Seconds that the one waits who waits longest."""
    webhooks: float
    """Seconds that the oldest event waits that another system is to be told."""


async def queue(q: Reader) -> Queue:
    """Open rooms, chats that wait for an agent, agents to whom one can be given."""
    return Queue(
        await _count(q, "rooms WHERE open"),
        await _count(q, "inquiries WHERE status = 'queued'"),
        await _count(q, f"users u WHERE {online(await current_settings(q))}"),
        await _longest(q),
        await oldest_waiting(q),
    )


async def _longest(q: Reader) -> float:
    since = await q.value("SELECT min(i.queued_at) FROM inquiries i WHERE i.status = 'queued'")
    return max(0.0, seconds(since, now())) if since else 0.0


async def _count(q: Reader, rows: str) -> int:
    return int(await q.value(f"SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT {MOST}) AS found"))
