"""SQL of what people wrote while nobody was there (`engagement/offline.py` has the form).

Its authors need be no visitors: they are known by their address alone.
"""

from typing import Any

from parley.clock import later, now
from parley.db.documents import Doc, Params, find, insert, save
from parley.db.tx import Reader, Tx

BATCH = 500

_TABLE = "offline_messages"


async def insert_offline(tx: Tx, message: Doc) -> None:
    await insert(tx, _TABLE, message, email_key=message["email"].lower())


async def find_offline(q: Reader, key: str) -> Doc | None:
    return await find(q, _TABLE, key)


async def note_mailed(tx: Tx, key: str) -> None:
    """It stays as it was mailed, unless its author was erased meanwhile."""
    await tx.lock(_TABLE, key)
    gone = await tx.value(f"DELETE FROM {_TABLE} WHERE id = $1 AND erased RETURNING id", key)
    message = None if gone else await find(tx, _TABLE, key)
    if message is not None:
        await save(tx, _TABLE, message | {"mailedAt": now()})


async def list_offline(
    q: Reader, email: str, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """(documents as stored, how many there are); with `email`, those of this address."""
    p = Params()
    tests = ["NOT erased"]
    if email:
        tests.append(f"email_key = {p(email.strip().lower())}")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM {_TABLE} WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM {_TABLE} WHERE {where} ORDER BY {order}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def erase_offline_of(tx: Tx, visitor: Doc) -> None:
    """All that came from the visitor's addresses.

    What is not mailed yet is shown to nobody and goes when it is: whoever gives another's address
    shall not keep their words from the office.
    """
    emails: list[Any] = visitor.get("visitorEmails") or []
    keys = [each["address"].lower() for each in emails if each.get("address")]
    if not keys:
        return
    marks = ", ".join(f"${n}" for n in range(1, len(keys) + 1))
    theirs = f"email_key IN ({marks})"
    await tx.rows(f"DELETE FROM {_TABLE} WHERE {theirs} AND mailed_at IS NOT NULL", *keys)
    await tx.rows(f"UPDATE {_TABLE} SET erased = true WHERE {theirs}", *keys)


async def prune_offline(tx: Tx, days: int) -> int:
    """Deletes a batch of those that are older; how many."""
    gone = await tx.rows(
        f"DELETE FROM {_TABLE} WHERE id IN (SELECT id FROM {_TABLE} WHERE ts < $1"
        " ORDER BY ts, id LIMIT $2) RETURNING id",
        later(now(), days=-days),
        BATCH,
    )
    return len(gone)
