from typing import Annotated, Literal

import msgspec

from parley.web.paging import Paged


class UnitData(msgspec.Struct):
    """Other keys are accepted, and not kept."""

    name: str
    visibility: Literal["public", "private"]


class UnitMonitor(msgspec.Struct):
    """`username` is the person's own, whatever is sent."""

    monitorId: str
    username: str


class UnitDepartment(msgspec.Struct):
    departmentId: str


class SaveUnit(msgspec.Struct, forbid_unknown_fields=True):
    """The unit's monitors and departments from now on, and no others: a thousand of each."""

    unitData: UnitData
    unitMonitors: list[UnitMonitor]
    unitDepartments: list[UnitDepartment]


class ListUnits(Paged):
    """`text` is a part of the name."""

    text: str | None = None


class ListUnitDepartments(Paged):
    """`onlyMyDepartments` is accepted: whoever only oversees is shown nothing else anyway."""

    text: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    onlyMyDepartments: str | None = None
