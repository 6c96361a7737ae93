"""SQL of groups. Who is in one stands in its document, and is shown by those who are."""

from parley.db.documents import Doc, decode, fold, insert
from parley.db.tx import Reader, Tx

MOST = 500
"""Groups that one person has made."""


async def insert_group(tx: Tx, group: Doc) -> bool:
    """False where there is one of this name."""
    return await insert(tx, "private_groups", group, name_key=fold(group["name"]))


async def find_group(q: Reader, key: str, *, by_name: bool) -> Doc | None:
    column, value = ("name_key", fold(key)) if by_name else ("id", key)
    doc = await q.value(f"SELECT doc FROM private_groups WHERE {column} = $1", value)
    return None if doc is None else decode(doc)


async def delete_group(tx: Tx, key: str) -> None:
    await tx.rows("DELETE FROM private_groups WHERE id = $1", key)


async def count_made_by(q: Reader, user_id: str) -> int:
    sql = "SELECT count(*) FROM private_groups WHERE creator_id = $1"
    return int(await q.value(sql, user_id))
