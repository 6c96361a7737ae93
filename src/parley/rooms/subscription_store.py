"""SQL of what somebody takes part in, and of what is unread there.

Subscriptions are written under the lock of their room.
"""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.clock import later, now
from parley.db.documents import Doc, Params, decode, fold, save
from parley.db.tx import Reader, Tx
from parley.rooms.visibility import visible_to

MOST = 1000
"""Rooms of one person that are listed; the others are older."""
KEEP_DAYS = 30
BATCH = 500


class Changed(NamedTuple):
    update: list[str]
    """Documents as stored."""
    removed: list[tuple[str, str]]
    """(id, when)"""


async def rooms_of(q: Reader, person: Person, since: str) -> Changed:
    """Rooms that the person takes part in; with `since`, what changed after that moment."""
    sql = "SELECT room_id, max(removed_at) FROM former_subscriptions f WHERE user_id = $1"
    sql += " AND removed_at > $2 AND NOT EXISTS (SELECT 1 FROM subscriptions s"
    sql += " WHERE s.room_id = f.room_id AND s.user_id = $1) GROUP BY room_id"
    return await _changed(q, person, since, "r.doc", "r.updated_at", sql)


async def subscriptions_of(q: Reader, person: Person, since: str) -> Changed:
    sql = "SELECT id, removed_at FROM former_subscriptions WHERE user_id = $1 AND removed_at > $2"
    return await _changed(q, person, since, "s.doc", "s.doc ->> '_updatedAt'", sql)


async def _changed(
    q: Reader, person: Person, since: str, doc: str, updated: str, removed: str
) -> Changed:
    p = Params(person.user_id or "")
    tests = ["s.user_id = $1", visible_to(person, p)]
    if since:
        tests.append(f"{updated} > {p(since)}")
    rows = await q.rows(
        f"SELECT {doc} FROM subscriptions s JOIN rooms r ON r.id = s.room_id"
        f" WHERE {' AND '.join(tests)} ORDER BY r.lm DESC, r.id DESC LIMIT {MOST}",
        *p.values,
    )
    gone = []
    if since:
        sql = f"SELECT * FROM ({removed}) gone ORDER BY 2 DESC, 1 LIMIT {MOST}"
        gone = await q.rows(sql, person.user_id or "", since)
    return Changed([row[0] for row in rows], [(row[0], row[1]) for row in gone])


async def subscription_of(q: Reader, room_id: str, user_id: str) -> str | None:
    """The document as stored."""
    sql = "SELECT doc FROM subscriptions WHERE room_id = $1 AND user_id = $2"
    found: str | None = await q.value(sql, room_id, user_id)
    return found


async def taking_part(q: Reader, room_id: str) -> list[Doc]:
    """Everybody's subscription of the room."""
    rows = await q.rows("SELECT doc FROM subscriptions WHERE room_id = $1", room_id)
    return [decode(row[0]) for row in rows]


async def save_subscription(tx: Tx, subscription: Doc) -> None:
    await save(tx, "subscriptions", subscription)


async def prune_former(tx: Tx) -> int:
    """Forgets a batch of those who left long ago; how many."""
    gone = await tx.rows(
        "DELETE FROM former_subscriptions WHERE id IN (SELECT id FROM former_subscriptions"
        " WHERE removed_at < $1 ORDER BY removed_at LIMIT $2) RETURNING id",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)


async def fold_names(tx: Tx) -> int:
    """Folds the names of a batch of rooms that an earlier version wrote; how many."""
    rows = await tx.rows(
        "SELECT id, doc ->> 'fname' FROM rooms WHERE name_key IS NULL ORDER BY id LIMIT $1", BATCH
    )
    for room_id, name in rows:
        sql = "UPDATE rooms SET name_key = $2 WHERE id = $1 AND name_key IS NULL"
        await tx.rows(sql, room_id, fold(name or ""))
    return len(rows)
