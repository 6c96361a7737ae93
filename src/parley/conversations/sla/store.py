"""SQL of SLA policies, and of the conversations that are under one."""

from parley.db.documents import Doc, Params, decode, fold, insert, like, save
from parley.db.tx import Reader, Tx

SORTABLE = {
    "name": "name_key",
    "dueTimeInMinutes": "minutes",
    "description": "COALESCE(doc ->> 'description', '')",
    "_updatedAt": "doc ->> '_updatedAt'",
}


async def list_policies(
    q: Reader, text: str, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, of those whose name has the text in it; and how many there are."""
    p = Params(like(text))
    where = "name_key LIKE $1 ESCAPE '\\'"
    total = await q.value(f"SELECT count(*) FROM sla WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM sla WHERE {where} ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def id_of(q: Reader, id_or_name: str) -> str | None:
    found: str | None = await q.value(
        "SELECT id FROM sla WHERE id = $1 OR name_key = $2 ORDER BY id <> $1 LIMIT 1",
        id_or_name,
        fold(id_or_name),
    )
    return found


async def how_many(q: Reader) -> int:
    return int(await q.value("SELECT count(*) FROM sla"))


async def taken(q: Reader, policy_id: str, name: str, minutes: int) -> bool:
    """Whether another policy has this name or due time."""
    sql = "SELECT 1 FROM sla WHERE (name_key = $2 OR minutes = $3) AND id <> $1 LIMIT 1"
    return await q.value(sql, policy_id, fold(name), minutes) is not None


async def insert_policy(tx: Tx, policy: Doc) -> None:
    await insert(tx, "sla", policy, name_key=fold(policy["name"]))


async def save_policy(tx: Tx, policy: Doc) -> None:
    await save(tx, "sla", policy, name_key=fold(policy["name"]))


async def delete_policy(tx: Tx, policy_id: str) -> Doc | None:
    """What it was."""
    doc = await tx.value("DELETE FROM sla WHERE id = $1 RETURNING doc", policy_id)
    return None if doc is None else decode(doc)


async def open_rooms_under(q: Reader, policy_id: str, after: str, most: int) -> list[str]:
    """Ids of open rooms under the policy, in order, behind the room `after`."""
    rows = await q.rows(
        "SELECT id FROM rooms WHERE open AND doc ->> 'slaId' IS NOT NULL"
        " AND doc ->> 'slaId' = $1 AND id > $2 ORDER BY id LIMIT $3",
        policy_id,
        after,
        most,
    )
    return [row[0] for row in rows]
