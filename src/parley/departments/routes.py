from typing import Any

import msgspec

from parley.db import Database
from parley.departments import store
from parley.departments.answers import (
    AgentsOfDepartment,
    CreationAvailable,
    Departments,
    DepartmentsListed,
    OneDepartment,
    SuggestedDepartments,
)
from parley.departments.saving import creation_available
from parley.departments.schemas import (
    DepartmentsById,
    ListDepartments,
    Selector,
    SuggestDepartments,
    WhichDepartment,
)
from parley.errors import Refused
from parley.web.envelope import Listing
from parley.web.paging import Paged, SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

MOST = 1000
"""Ids of one call."""

_VIEW = ("view-livechat-departments", "view-l-room")
_AGENTS_BY = {"username": "username", "count": "turns", "order": "rank"}

_selector = msgspec.json.Decoder(Selector).decode


async def department_list(db: Database, call: Call) -> Listing:
    """Departments by name; archived ones only when asked for."""
    return await _listed(db, call, archived_only=False)


async def departments_archived(db: Database, call: Call) -> Listing:
    """Archived departments by name."""
    return await _listed(db, call, archived_only=True)


async def _listed(db: Database, call: Call, *, archived_only: bool) -> Listing:
    query: ListDepartments = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, store.SORTABLE) or [SortKey("name", False)], store.SORTABLE)
    wanted = store.Wanted(
        query.text or "",
        query.enabled == "true",
        query.excludeDepartmentId or "",
        query.showArchived == "true",
        archived_only,
    )
    docs, total = await db.scan(
        store.list_departments, call.caller, wanted, order, page.limit, page.offset
    )
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("departments", ",".join(docs), counts)


async def department_info(db: Database, call: Call) -> dict[str, Any]:
    """A department, null if there is none, and who works in it."""
    found = await db.read(store.departments_by_ids, [call.path["_id"]], call.caller)
    if not found:
        return {"department": None}
    asked = call.query.includeAgents in (None, "true")
    if not asked or not call.caller.may("view-livechat-departments"):
        return {"department": found[0]}
    return {"department": found[0], "agents": await db.read(store.agents_of, found[0]["_id"])}


async def department_creation(db: Database, call: Call) -> dict[str, Any]:
    """Whether another department can be made."""
    available = await db.read(creation_available, call.caller.settings)
    return {"isDepartmentCreationAvailable": available}


async def department_agents(db: Database, call: Call) -> Listing:
    """Who works in the department, by username."""
    query: Paged = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _AGENTS_BY) or [SortKey("username", False)], _AGENTS_BY)
    department_id = call.path["_id"]
    docs, total = await db.scan(
        store.list_agents, call.caller, department_id, order, page.limit, page.offset
    )
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("agents", ",".join(docs), counts)


async def departments_by_ids(db: Database, call: Call) -> dict[str, Any]:
    """The departments with these ids."""
    ids = call.query.ids
    if not ids:
        raise Refused("The 'ids' param is required")
    if not isinstance(ids, list):
        raise Refused("The 'ids' param must be an array")
    wanted = [each for each in ids if isinstance(each, str)][:MOST]
    return {"departments": await db.read(store.departments_by_ids, wanted, call.caller)}


async def departments_autocomplete(db: Database, call: Call) -> dict[str, Any]:
    """Ten departments at most whose name begins with the term."""
    query: SuggestDepartments = call.query
    if not query.selector:
        raise Refused("The 'selector' param is required")
    try:
        selector = _selector(query.selector)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(str(error)) from None
    if len(selector.term) > 255 or len(selector.exceptions) > MOST:
        raise Refused("The 'selector' param is too long")
    archived = query.showArchived == "true"
    found = await db.read(
        store.suggest_departments, call.caller, selector.term, selector.exceptions, archived
    )
    return {"items": found}


_L = Dialect.L

ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/department",
        department_list,
        _L,
        _VIEW,
        query=ListDepartments,
        answer=Departments,
    ),
    Route(
        "GET",
        "/api/v1/livechat/departments/archived",
        departments_archived,
        _L,
        _VIEW,
        query=ListDepartments,
        answer=Departments,
    ),
    Route(
        "GET",
        "/api/v1/livechat/department/isDepartmentCreationAvailable",
        department_creation,
        _L,
        ("view-livechat-departments", "manage-livechat-departments"),
        answer=CreationAvailable,
    ),
    Route(
        "GET",
        "/api/v1/livechat/department/:_id",
        department_info,
        _L,
        _VIEW,
        query=WhichDepartment,
        answer=OneDepartment,
    ),
    Route(
        "GET",
        "/api/v1/livechat/department/:_id/agents",
        department_agents,
        _L,
        _VIEW,
        query=Paged,
        answer=AgentsOfDepartment,
    ),
    Route(
        "GET",
        "/api/v1/livechat/department.listByIds",
        departments_by_ids,
        _L,
        _VIEW,
        query=DepartmentsById,
        answer=DepartmentsListed,
    ),
    Route(
        "GET",
        "/api/v1/livechat/department.autocomplete",
        departments_autocomplete,
        _L,
        _VIEW,
        query=SuggestDepartments,
        answer=SuggestedDepartments,
    ),
]
