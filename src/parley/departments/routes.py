from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.departments.answers import Departments, SavedDepartment
from parley.departments.schemas import ListDepartments, SaveDepartment
from parley.departments.service import create_department
from parley.departments.store import Wanted, list_departments
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

_VIEW = ("view-livechat-departments", "view-l-room")
_SORTABLE = {"name": "name", "enabled": "enabled"}


async def department_list(db: Database, call: Call) -> Listing:
    """Departments by name; archived ones only when asked for."""
    query: ListDepartments = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("name", False)], _SORTABLE)
    wanted = Wanted(
        query.text or "",
        query.enabled == "true",
        query.excludeDepartmentId or "",
        query.showArchived == "true",
    )
    docs, total = await db.scan(list_departments, wanted, order, page.limit, page.offset)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("departments", ",".join(docs), counts)


async def department_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a department, with the people who work in it."""
    department, agents = await db.act(
        create_department, by(call), call.body, call.raw["department"]
    )
    return {"department": department, "agents": agents}


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/department",
        department_list,
        Dialect.L,
        _VIEW,
        query=ListDepartments,
        answer=Departments,
    ),
    Route(
        "POST",
        "/api/v1/livechat/department",
        department_create,
        Dialect.L,
        ("manage-livechat-departments",),
        body=SaveDepartment,
        answer=SavedDepartment,
    ),
]
