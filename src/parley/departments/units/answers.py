"""What the routes of business units answer with (contract/management.md §15)."""

from typing import Literal

import msgspec

from parley.departments.answers import AnyDepartment
from parley.web.paging import Listed


class Unit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`numMonitors` and `numDepartments` are counted when the unit is read."""

    id: str = msgspec.field(name="_id")
    name: str
    visibility: Literal["public", "private"]
    type: Literal["u"]
    numMonitors: int
    numDepartments: int
    updatedAt: str = msgspec.field(name="_updatedAt")


class Units(Listed):
    units: list[Unit]


class MonitorOfUnit(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    monitorId: str
    unitId: str
    username: str


class MonitorsOfUnit(msgspec.Struct, forbid_unknown_fields=True):
    """By username; a thousand at most."""

    monitors: list[MonitorOfUnit]


class DepartmentsOfUnit(Listed):
    departments: list[AnyDepartment]
