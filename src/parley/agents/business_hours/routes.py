from typing import Any

from parley.agents.business_hours.answers import Hours, OneHour
from parley.agents.business_hours.listing import SORTABLE, list_hours, one_hour
from parley.agents.business_hours.schemas import ListHours, RemoveHours, SaveHours, WhichHours
from parley.agents.business_hours.service import remove_hours, save_hours
from parley.audit.actor import by
from parley.db import Database
from parley.web.answers import Done
from parley.web.paging import page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def business_hour(db: Database, call: Call) -> dict[str, Any]:
    """The default business hours, or custom ones by their id."""
    query: WhichHours = call.query
    return {"businessHour": await db.read(one_hour, query.type or "default", query.id or "")}


async def business_hour_list(db: Database, call: Call) -> dict[str, Any]:
    """All business hours, by name."""
    query: ListHours = call.query
    page = page_of(query, call.caller.settings)
    found = await db.read(list_hours, query.name or "", sort_of(query, SORTABLE))
    part = found[page.offset : page.offset + page.limit]
    counts = {"count": len(part), "offset": page.offset, "total": len(found)}
    return {"businessHours": part, **counts}


async def business_hour_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes custom business hours, or changes the ones with this id."""
    await db.act(save_hours, by(call), call.body)
    return {}


async def business_hour_remove(db: Database, call: Call) -> dict[str, Any]:
    """Removes custom business hours; their departments follow the default ones."""
    body: RemoveHours = call.body
    await db.act(remove_hours, by(call), body.id, body.type)
    return {}


_MAY = ("view-livechat-business-hours",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/business-hour",
        business_hour,
        Dialect.L,
        _MAY,
        query=WhichHours,
        answer=OneHour,
    ),
    Route(
        "GET",
        "/api/v1/livechat/business-hours",
        business_hour_list,
        Dialect.L,
        _MAY,
        query=ListHours,
        answer=Hours,
    ),
    Route(
        "POST",
        "/api/v1/livechat/business-hours.save",
        business_hour_save,
        Dialect.T,
        _MAY,
        body=SaveHours,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/business-hours.remove",
        business_hour_remove,
        Dialect.T,
        _MAY,
        body=RemoveHours,
        answer=Done,
    ),
]
