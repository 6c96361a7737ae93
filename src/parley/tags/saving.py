"""Saving and deleting tags (contract/management.md §15). Conversations keep what they have."""

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.departments.store import departments_by_ids
from parley.errors import Coded, Refused
from parley.ids import object_id
from parley.tags import store
from parley.tags.schemas import SaveTag

MOST = 1000


async def save_tag(tx: Tx, actor: Actor, wanted: SaveTag) -> Doc:
    """The stored tag. Raises Refused, Coded."""
    await tx.lock("settings", "tags")
    tag = await _before(tx, wanted.id)
    new = tag is None
    if tag is None:
        tag = {"_id": object_id(), "_createdAt": now()}
    ids = list(dict.fromkeys(wanted.tagDepartments or []))
    if len(await departments_by_ids(tx, ids)) != len(ids):
        raise Coded("error-invalid-department", "Invalid department")
    name = wanted.tagData.name.strip()
    if not name:
        raise Coded("error-invalid-tag-name", "A tag's name is not blank")
    tag |= {"name": name, "numDepartments": len(ids), "departments": ids}
    if wanted.tagData.description is not None:
        tag["description"] = wanted.tagData.description
    await store.put_tag(tx, tag, new=new)
    what = "tag.created" if new else "tag.updated"
    await record(tx, actor, what, "tag", tag["_id"], name)
    return tag


async def _before(tx: Tx, tag_id: str | None) -> Doc | None:
    if tag_id is not None:
        tag = await find(tx, "tags", tag_id)
        if tag is None:
            raise Refused("Tag not found")
        return tag
    if await store.count_tags(tx) >= MOST:
        raise Refused(f"There are {MOST} tags at most")
    return None


async def delete_tag(tx: Tx, actor: Actor, tag_id: str) -> None:
    """Raises Refused."""
    await tx.lock("settings", "tags")
    tag = await find(tx, "tags", tag_id)
    if tag is None:
        raise Refused("Tag not found")
    await store.delete_tag(tx, tag_id)
    await record(tx, actor, "tag.deleted", "tag", tag_id, tag["name"])


async def forget_department(tx: Tx, department_id: str) -> bool:
    """A removed department leaves some of its tags; whether there may be more."""
    await tx.lock("settings", "tags")
    tags = await store.some_of_department(tx, department_id)
    for tag in tags:
        tag["departments"].remove(department_id)
        tag["numDepartments"] = len(tag["departments"])
        await store.put_tag(tx, tag, new=False)
    return len(tags) == store.BATCH
