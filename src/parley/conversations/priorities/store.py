"""SQL of the names that priorities were given; who has no row is called as ever."""

from parley.db.documents import Doc, decode, insert
from parley.db.tx import Reader, Tx


async def renamed(q: Reader) -> dict[str, Doc]:
    """{id: what was stored}; five at most."""
    rows = await q.rows("SELECT id, doc FROM priorities ORDER BY id LIMIT 5")
    return {row[0]: decode(row[1]) for row in rows}


async def save_name(tx: Tx, priority_id: str, name: str) -> None:
    await forget_name(tx, priority_id)
    await insert(tx, "priorities", {"_id": priority_id, "name": name})


async def forget_name(tx: Tx, priority_id: str) -> bool:
    """Whether it had one."""
    sql = "DELETE FROM priorities WHERE id = $1 RETURNING id"
    return await tx.value(sql, priority_id) is not None


async def forget_names(tx: Tx) -> int:
    """How many there were."""
    return len(await tx.rows("DELETE FROM priorities RETURNING id"))
