"""Who wrote what cannot be sent is told so, and nobody else (contract/management.md §11)."""

from typing import Any

from parley.db import Database, Tx
from parley.db.documents import find
from parley.events import emit
from parley.jobs import GiveUp, Handler


def telling(send: Handler) -> Handler:
    """Of a job whose document names a message by its `_id`: its author is told of a failure for
    good. What may be sent later is not told yet."""

    async def sent(db: Database, job: dict[str, Any]) -> float | None:
        try:
            return await send(db, job)
        except GiveUp as reason:
            await db.act(_tell, job["_id"], str(reason))
            raise

    return sent


async def _tell(tx: Tx, message_id: str, reason: str) -> None:
    message = await find(tx, "messages", message_id)
    if message is None or message.get("_hidden"):
        return
    author = message["u"]["_id"]
    if await find(tx, "users", author) is not None:
        what = {"_id": message_id, "rid": message["rid"], "error": reason}
        await emit(tx, f"user:{author}", "undelivered", what)
