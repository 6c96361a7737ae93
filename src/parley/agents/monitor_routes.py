from typing import Any

from parley.accounts.roles import MONITOR
from parley.agents import people
from parley.agents.answers import AgentOrManager, MonitorsListed
from parley.agents.schemas import ListMonitors
from parley.db import Database
from parley.errors import NotFound
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

_MANAGE = ("manage-livechat-monitors",)


async def monitor_list(db: Database, call: Call) -> dict[str, Any]:
    """Monitors by name: who oversees business units."""
    query: ListMonitors = call.query
    page = page_of(query, call.caller.settings)
    columns = people.SORTABLE
    order = order_by(sort_of(query, columns) or [SortKey("name", False)], columns)
    wanted = people.Wanted(MONITOR, query.text)
    found, total = await db.scan(people.list_holders, wanted, order, page.limit, page.offset)
    return {"monitors": found, "count": len(found), "offset": page.offset, "total": total}


async def monitor_info(db: Database, call: Call) -> dict[str, Any]:
    """One monitor, by username."""
    found = await db.read(people.holder_of, MONITOR, call.path["username"])
    if found is None:
        raise NotFound("Monitor not found")
    return found


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/monitors",
        monitor_list,
        Dialect.L,
        _MANAGE,
        query=ListMonitors,
        answer=MonitorsListed,
    ),
    Route(
        "GET",
        "/api/v1/livechat/monitors/:username",
        monitor_info,
        Dialect.L,
        _MANAGE,
        answer=AgentOrManager,
        also=(404,),
    ),
]
