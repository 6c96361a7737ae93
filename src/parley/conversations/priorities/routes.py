from typing import Any

from parley.audit.actor import by
from parley.conversations.priorities import service
from parley.conversations.priorities.answers import Priorities, Priority, Resettable
from parley.conversations.priorities.of_room import change_priority
from parley.conversations.priorities.schemas import ChangePriority, ListPriorities, WhichPriority
from parley.db import Database
from parley.errors import Coded, Refused
from parley.web.answers import Done
from parley.web.paging import page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def priorities_list(db: Database, call: Call) -> dict[str, Any]:
    """The five priorities, the most urgent first."""
    query: ListPriorities = call.query
    page = page_of(query, call.caller.settings)
    order = sort_of(query, service.SORTABLE)
    found = await db.read(service.list_priorities, query.text or "", order)
    shown = found[page.offset : page.offset + page.limit]
    counts = {"count": len(shown), "offset": page.offset, "total": len(found)}
    return {"priorities": shown} | counts


async def priority_info(db: Database, call: Call) -> dict[str, Any]:
    """A priority by its id."""
    return await db.read(service.priority_of, call.path["priorityId"])


async def priority_change(db: Database, call: Call) -> dict[str, Any]:
    """Renames a priority, or gives it its usual name back."""
    body: ChangePriority = call.body
    if (body.name is None) == (body.reset is None):
        raise Coded("invalid-params", "must match exactly one schema in oneOf")
    name = (body.name or "").strip()
    if not name and not body.reset:
        raise Refused("error-unable-to-update-priority")
    await db.act(service.rename, by(call), call.path["priorityId"], name)
    return {}


async def priorities_resettable(db: Database, call: Call) -> dict[str, Any]:
    """Whether any priority has another name than the usual one."""
    return {"reset": await db.read(service.any_renamed)}


async def priorities_reset(db: Database, call: Call) -> dict[str, Any]:
    """Gives all priorities their usual names back."""
    await db.act(service.reset_all, by(call))
    return {}


async def room_priority(db: Database, call: Call) -> dict[str, Any]:
    """Sets the priority of a conversation; who waits stands elsewhere in the queue at once."""
    body: WhichPriority = call.body
    if not body.priorityId:
        raise Refused("error-invalid-priority")
    await db.act(change_priority, call.caller, call.path["rid"], body.priorityId)
    return {}


async def room_priority_off(db: Database, call: Call) -> dict[str, Any]:
    """Takes the priority off a conversation."""
    await db.act(change_priority, call.caller, call.path["rid"], "")
    return {}


_SEEN_BY = ("manage-livechat-priorities", "view-l-room")
_KEPT_BY = ("manage-livechat-priorities",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/priorities",
        priorities_list,
        Dialect.L,
        _SEEN_BY,
        query=ListPriorities,
        answer=Priorities,
    ),
    Route(
        "GET",
        "/api/v1/livechat/priorities/:priorityId",
        priority_info,
        Dialect.L,
        _SEEN_BY,
        answer=Priority,
        also=(404,),
    ),
    Route(
        "PUT",
        "/api/v1/livechat/priorities/:priorityId",
        priority_change,
        Dialect.L,
        _KEPT_BY,
        body=ChangePriority,
        answer=Done,
    ),
    Route(
        "GET",
        "/api/v1/livechat/priorities.reset",
        priorities_resettable,
        Dialect.L,
        _KEPT_BY,
        answer=Resettable,
    ),
    Route(
        "POST",
        "/api/v1/livechat/priorities.reset",
        priorities_reset,
        Dialect.L,
        _KEPT_BY,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room/:rid/priority",
        room_priority,
        Dialect.L,
        ("view-l-room",),
        body=WhichPriority,
        answer=Done,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/room/:rid/priority",
        room_priority_off,
        Dialect.L,
        ("view-l-room",),
        answer=Done,
    ),
]
