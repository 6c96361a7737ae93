from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import Doc, find
from parley.errors import NotFound
from parley.tags import store
from parley.tags.answers import Tag, Tags
from parley.tags.saving import delete_tag, save_tag
from parley.tags.schemas import DeleteTag, ListTags, SaveTag
from parley.web.answers import Done
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def tag_list(db: Database, call: Call) -> Listing:
    """Tags by name: those of all departments, with `department` that one's too, or every one."""
    query: ListTags = call.query
    page = page_of(query, call.caller.settings)
    keys = sort_of(query, store.SORTABLE) or [SortKey("name", False)]
    order = order_by(keys, store.SORTABLE, "t.id")
    docs, total = await db.scan(store.list_tags, query, order, page.limit, page.offset)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("tags", ",".join(docs), counts)


async def tag_info(db: Database, call: Call) -> Doc:
    """A tag by its id."""
    tag = await db.read(find, "tags", call.path["tagId"])
    if tag is None:
        raise NotFound("Tag not found")
    return tag


async def tag_save(db: Database, call: Call) -> Doc:
    """Makes a tag, or with an `_id` changes the one that has it."""
    return await db.act(save_tag, by(call), call.body)


async def tag_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes a tag; conversations that have it keep it."""
    body: DeleteTag = call.body
    await db.act(delete_tag, by(call), body.id)
    return {}


_VIEW = ("view-l-room", "manage-livechat-tags", "view-livechat-tags")
_MANAGE = ("manage-livechat-tags",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/tags",
        tag_list,
        Dialect.L,
        _VIEW,
        query=ListTags,
        answer=Tags,
    ),
    Route(
        "GET",
        "/api/v1/livechat/tags/:tagId",
        tag_info,
        Dialect.L,
        _VIEW,
        answer=Tag,
        also=(404,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/tags.save",
        tag_save,
        Dialect.T,
        _MANAGE,
        body=SaveTag,
        answer=Tag,
    ),
    Route(
        "POST",
        "/api/v1/livechat/tags.delete",
        tag_delete,
        Dialect.T,
        _MANAGE,
        body=DeleteTag,
        answer=Done,
    ),
]
