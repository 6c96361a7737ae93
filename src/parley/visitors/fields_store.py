"""SQL of custom fields: so few that they are always read whole."""

from parley.db.documents import Doc, decode
from parley.db.tx import Reader, Tx

MOST = 200


async def all_fields(q: Reader) -> list[Doc]:
    """By id."""
    return [decode(row[0]) for row in await q.rows("SELECT doc FROM custom_fields ORDER BY id")]


async def delete_field(tx: Tx, field_id: str) -> None:
    await tx.rows("DELETE FROM custom_fields WHERE id = $1", field_id)
