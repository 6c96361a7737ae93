"""What visitors are found by: their texts folded, in columns beside the document.

Names, and the values of custom fields that are marked searchable. Whoever saves a visitor writes
the keys; when a field becomes searchable, or stops, a job writes those of all visitors anew.
"""

from typing import Any

from parley.db import Database
from parley.db.documents import Doc, decode, fold
from parley.db.tx import Reader, Tx
from parley.jobs import enqueue
from parley.visitors.fields_store import all_fields

KIND = "visitors-searchable"
BATCH = 200
BATCHES = 100
"""Of one job; it leaves the rest to the next."""

LONGEST_KEY = 255
"""Characters: a key in an index has an end on PostgreSQL."""

Keys = dict[str, str | None]


async def keys_of(q: Reader, visitor: Doc) -> Keys:
    """The columns of this visitor. Asks for custom fields only where there are values."""
    values = visitor.get("livechatData")
    return _keys(visitor, await _searchable(q) if values else [])


async def _searchable(q: Reader) -> list[str]:
    return [
        field["_id"]
        for field in await all_fields(q)
        if field["scope"] == "visitor" and field.get("searchable")
    ]


def _keys(visitor: Doc, fields: list[str]) -> Keys:
    name, username = visitor.get("name"), visitor.get("username")
    values = visitor.get("livechatData") or {}
    texts = [name, username, *(values.get(key) for key in fields)]
    return {
        "name_key": fold(name)[:LONGEST_KEY] if name else None,
        "username_key": fold(username)[:LONGEST_KEY] if username else None,
        # No term holds a line's end, so none is found across two texts.
        "search_key": "\n".join(fold(text) for text in texts if text),
    }


async def write_all_anew(tx: Tx) -> None:
    await enqueue(tx, KIND, {})


async def write_keys(db: Database, doc: dict[str, Any]) -> None:
    """The job: every visitor after `after`, a batch in an act."""
    after = str(doc.get("after", ""))
    for _ in range(BATCHES):
        last = await db.act(_batch, after)
        if last is None:
            return
        after = last

    async def go_on(tx: Tx) -> None:
        await enqueue(tx, KIND, {"after": after})

    await db.act(go_on)


async def _batch(tx: Tx, after: str) -> str | None:
    """The last id of the batch; None when there was none."""
    rows = await tx.rows(
        "SELECT doc FROM visitors WHERE id > $1 ORDER BY id LIMIT $2", after, BATCH
    )
    fields = await _searchable(tx) if rows else []
    visitors = [decode(row[0]) for row in rows]
    for visitor in visitors:
        keys = _keys(visitor, fields)
        # One that was saved meanwhile has keys that are newer than these.
        await tx.rows(
            "UPDATE visitors SET name_key = $3, username_key = $4, search_key = $5"
            " WHERE id = $1 AND doc ->> '_updatedAt' = $2 AND NOT disabled",
            visitor["_id"],
            visitor["_updatedAt"],
            *keys.values(),
        )
    return visitors[-1]["_id"] if visitors else None
