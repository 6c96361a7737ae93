"""SQL of settings. A row exists only for what was changed."""

from typing import Any

from parley.clock import now
from parley.db.documents import Doc, decode, encode
from parley.db.tx import Reader, Tx


async def changed(q: Reader) -> dict[str, Any]:
    """{id: value} of every setting that was changed."""
    return {name: doc["value"] for name, doc in (await changed_docs(q)).items()}


async def changed_docs(q: Reader) -> dict[str, Doc]:
    docs = [decode(row[0]) for row in await q.rows("SELECT doc FROM settings")]
    return {doc["_id"]: doc for doc in docs}


async def find_setting(q: Reader, name: str) -> Doc | None:
    doc = await q.value("SELECT doc FROM settings WHERE id = $1", name)
    return None if doc is None else decode(doc)


async def put_setting(tx: Tx, name: str, value: Any, **more: Any) -> None:
    doc = encode({"_id": name, "value": value, "_updatedAt": now(), **more})
    await tx.rows(
        "INSERT INTO settings (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = $2",
        name,
        doc,
    )


async def raise_policy_version(tx: Tx) -> None:
    """Every process reloads settings and permissions with its next request."""
    await tx.rows("UPDATE policy SET version = version + 1")
