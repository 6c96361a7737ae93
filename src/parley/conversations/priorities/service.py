"""What the five priorities are called (contract/management.md §15)."""

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.conversations.priorities import store
from parley.conversations.priorities.fixed import BY_ID, PRIORITIES, Priority
from parley.db import Reader, Tx
from parley.db.documents import Doc, fold
from parley.errors import NotFound, Refused
from parley.web.paging import SortKey

SORTABLE = ("sortItem", "i18n", "name", "dirty", "_updatedAt")


async def list_priorities(q: Reader, text: str, order: list[SortKey]) -> list[Doc]:
    """All whose name has the text in it, most urgent first unless told otherwise."""
    stored = await store.renamed(q)
    wanted = fold(text)
    found = [_shown(priority, stored) for priority in PRIORITIES]
    found = [doc for doc in found if wanted in fold(doc.get("name") or doc["i18n"])]
    for key in reversed(order):
        found.sort(key=lambda doc: _place(doc, key.key), reverse=key.descending)
    return found


def _place(doc: Doc, key: str) -> int | str:
    if key == "name":
        return fold(doc.get("name") or doc["i18n"])
    return int(doc[key]) if key in ("sortItem", "dirty") else str(doc.get(key, ""))


async def priority_of(q: Reader, priority_id: str) -> Doc:
    """Raises NotFound."""
    priority = BY_ID.get(priority_id)
    if priority is None:
        raise NotFound("Priority not found")
    return _shown(priority, await store.renamed(q))


def _shown(priority: Priority, stored: dict[str, Doc]) -> Doc:
    row = stored.get(priority.id)
    doc: Doc = {"_id": priority.id, "i18n": priority.i18n, "sortItem": priority.weight}
    return doc | {"dirty": row is not None} | (row or {})


async def rename(tx: Tx, actor: Actor, priority_id: str, name: str) -> None:
    """An empty name gives the usual one back. Raises Refused."""
    priority = BY_ID.get(priority_id)
    if priority is None:
        raise Refused("error-invalid-priority")
    await tx.lock("settings", "priorities")
    if not name:
        if await store.forget_name(tx, priority_id):
            await record(tx, actor, "priority.reset", "priority", priority_id, priority.i18n)
        return
    stored = await store.renamed(tx)
    others = [_shown(other, stored) for other in PRIORITIES if other is not priority]
    if fold(name) in {fold(text) for doc in others for text in (doc["i18n"], doc.get("name", ""))}:
        raise Refused("error-duplicate-priority-name")
    await store.save_name(tx, priority_id, name)
    usual = priority.i18n
    await record(tx, actor, "priority.renamed", "priority", priority_id, name, usual=usual)


async def reset_all(tx: Tx, actor: Actor) -> None:
    await tx.lock("settings", "priorities")
    if await store.forget_names(tx):
        await record(tx, actor, "priorities.reset", "priority", "all")


async def any_renamed(q: Reader) -> bool:
    return bool(await store.renamed(q))
