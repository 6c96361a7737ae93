"""Somebody may have become free for a chat: whoever waits is looked at soon, not at the next turn
of the clock."""

from parley.db import Tx
from parley.jobs import enqueue_once

KIND = "queue.look"

SOMEBODY_WAITS = "EXISTS (SELECT 1 FROM inquiries WHERE status = 'queued')"


async def look_at_queue(tx: Tx) -> None:
    """Once this act is committed; nothing where nobody waits."""
    await enqueue_once(tx, KIND, where=SOMEBODY_WAITS)
