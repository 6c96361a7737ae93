from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.departments import store as departments
from parley.departments.units import store
from parley.departments.units.answers import (
    DepartmentsOfUnit,
    MonitorsOfUnit,
    Unit,
    Units,
)
from parley.departments.units.schemas import ListUnitDepartments, ListUnits, SaveUnit
from parley.departments.units.service import create_unit, remove_unit, update_unit
from parley.errors import NotFound
from parley.web.answers import Done
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

_MANAGE = ("manage-livechat-units",)


async def unit_list(db: Database, call: Call) -> dict[str, Any]:
    """Business units by name."""
    query: ListUnits = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(
        sort_of(query, store.SORTABLE) or [SortKey("name", False)], store.SORTABLE, "u.id"
    )
    units, total = await db.scan(store.list_units, query.text or "", order, page.limit, page.offset)
    return {"units": units, "count": len(units), "offset": page.offset, "total": total}


async def unit_info(db: Database, call: Call) -> dict[str, Any]:
    """One business unit."""
    unit = await db.read(store.unit_shown, call.path["id"])
    if unit is None:
        raise NotFound("Unit not found")
    return unit


async def unit_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a business unit of monitors and departments."""
    return await db.act(create_unit, by(call), call.body)


async def unit_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes a business unit: its monitors and departments are those that are sent."""
    return await db.act(update_unit, by(call), call.path["id"], call.body)


async def unit_remove(db: Database, call: Call) -> dict[str, Any]:
    """Removes a business unit; its departments are in none then."""
    await db.act(remove_unit, by(call), call.path["id"])
    return {}


async def unit_monitors(db: Database, call: Call) -> dict[str, Any]:
    """Who oversees the unit."""
    return {"monitors": await db.read(store.monitors_shown, call.path["unitId"])}


async def unit_departments(db: Database, call: Call) -> Listing:
    """Departments of the unit by name, archived ones too."""
    return await _departments(db, call, departments.Wanted(unit=call.path["unitId"], archived=True))


async def unit_departments_available(db: Database, call: Call) -> Listing:
    """Departments that are in no unit, and this unit's own."""
    return await _departments(db, call, departments.Wanted(free_for=call.path["unitId"]))


async def departments_of_no_unit(db: Database, call: Call) -> Listing:
    """Departments that are in no unit, by name."""
    return await _departments(db, call, departments.Wanted(free_for=""))


async def _departments(db: Database, call: Call, wanted: departments.Wanted) -> Listing:
    query: ListUnitDepartments = call.query
    page = page_of(query, call.caller.settings)
    by_name = departments.SORTABLE
    order = order_by(sort_of(query, by_name) or [SortKey("name", False)], by_name)
    wanted = wanted._replace(text=query.text or "")
    docs, total = await db.scan(
        departments.list_departments, call.caller, wanted, order, page.limit, page.offset
    )
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("departments", ",".join(docs), counts)


_L, _C = Dialect.L, Dialect.C

ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/units",
        unit_list,
        _L,
        _MANAGE,
        query=ListUnits,
        answer=Units,
    ),
    Route(
        "POST",
        "/api/v1/livechat/units",
        unit_create,
        _C,
        _MANAGE,
        body=SaveUnit,
        answer=Unit,
    ),
    Route(
        "GET",
        "/api/v1/livechat/units/:id",
        unit_info,
        _L,
        _MANAGE,
        answer=Unit,
        also=(404,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/units/:id",
        unit_update,
        _C,
        _MANAGE,
        body=SaveUnit,
        answer=Unit,
        also=(404,),
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/units/:id",
        unit_remove,
        _L,
        _MANAGE,
        answer=Done,
        also=(404,),
    ),
    Route(
        "GET",
        "/api/v1/livechat/units/:unitId/monitors",
        unit_monitors,
        _L,
        _MANAGE,
        answer=MonitorsOfUnit,
    ),
    Route(
        "GET",
        "/api/v1/livechat/units/:unitId/departments",
        unit_departments,
        _L,
        _MANAGE,
        query=ListUnitDepartments,
        answer=DepartmentsOfUnit,
    ),
    Route(
        "GET",
        "/api/v1/livechat/units/:unitId/departments/available",
        unit_departments_available,
        _L,
        _MANAGE,
        query=ListUnitDepartments,
        answer=DepartmentsOfUnit,
    ),
    Route(
        "GET",
        "/api/v1/livechat/departments.by-unit/",
        departments_of_no_unit,
        _L,
        ("view-livechat-departments", "view-l-room"),
        query=ListUnitDepartments,
        answer=DepartmentsOfUnit,
    ),
    Route(
        "GET",
        "/api/v1/livechat/departments.by-unit/:unitId",
        unit_departments,
        _L,
        ("view-livechat-departments", "view-l-room"),
        query=ListUnitDepartments,
        answer=DepartmentsOfUnit,
    ),
]
