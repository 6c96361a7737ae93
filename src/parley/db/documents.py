"""Documents: `id`, `doc` and ordinary columns, written in one place.

The stored document is the wire document. A write patches the decoded dict, so that unknown keys
and the order of keys survive. Table and column names come from our code, never from a request.
"""

from typing import Any
from unicodedata import combining, normalize

import msgspec

from parley.clock import now
from parley.db.tx import Reader, Tx

Doc = dict[str, Any]
decode = msgspec.json.Decoder(Doc).decode
_encode = msgspec.json.Encoder().encode


def encode(doc: Any) -> str:
    return _encode(doc).decode()


async def find(q: Reader, table: str, key: str) -> Doc | None:
    doc = await q.value(f"SELECT doc FROM {table} WHERE id = $1", key)
    return None if doc is None else decode(doc)


async def insert(tx: Tx, table: str, doc: Doc, **columns: Any) -> bool:
    """False when a unique constraint refused the row; nothing was written then."""
    doc["_updatedAt"] = now()
    names = ["id", "doc", *columns]
    marks = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    sql = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        " ON CONFLICT DO NOTHING RETURNING id"
    )
    return await tx.value(sql, doc["_id"], encode(doc), *columns.values()) is not None


async def save(tx: Tx, table: str, doc: Doc, **columns: Any) -> None:
    """Writes the whole document back; the caller read it under `tx.lock`."""
    doc["_updatedAt"] = now()
    sets = "".join(f", {name} = ${n}" for n, name in enumerate(columns, 3))
    await tx.rows(
        f"UPDATE {table} SET doc = $2{sets} WHERE id = $1",
        doc["_id"],
        encode(doc),
        *columns.values(),
    )


class Params:
    """Collects arguments while SQL is put together: `p(value)` is its `$n`."""

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def fold(text: str) -> str:
    """For searching: without case and without marks, the same on both engines."""
    return "".join(c for c in normalize("NFKD", text) if not combining(c)).casefold()


def like(text: str) -> str:
    """Pattern for `folded_column LIKE $n ESCAPE '\\'`: the text anywhere."""
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def holds(items: str, value: str, p: Params) -> str:
    """SQL predicate: the list of texts `items`, such as `r.doc -> 'tags'`, holds the value.

    The value as JSON text, behind the comma or bracket before it: no part of another.
    """
    texts = f"(',' || substr(CAST({items} AS text), 2))"
    return f"replace({texts}, {p(',' + encode(value))}, '') <> {texts}"
