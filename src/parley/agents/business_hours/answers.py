"""What the routes of business hours answer with (contract/management.md §5.1)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.agents.business_hours.schemas import Day
from parley.web.paging import Listed


class WeekTime(msgspec.Struct, forbid_unknown_fields=True):
    dayOfWeek: Day
    time: str


class Edge(msgspec.Struct, forbid_unknown_fields=True):
    """`time` is local; what it is in UTC, and in the server's zone (`cron`), holds this week."""

    time: str
    utc: WeekTime
    cron: WeekTime


class WorkHour(msgspec.Struct, forbid_unknown_fields=True):
    """`code` is the day's number, 1 for Monday."""

    day: Day
    open: bool
    start: Edge
    finish: Edge
    code: int


class Timezone(msgspec.Struct, forbid_unknown_fields=True):
    """`utc` is the zone's offset now, such as `+02:00`."""

    name: str
    utc: str


class BusinessHour(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`departmentsToApplyBusinessHour`: ids with commas between them, of a custom one."""

    id: str = msgspec.field(name="_id")
    name: str
    active: bool
    type: Literal["default", "custom"]
    ts: str
    timezone: Timezone
    workHours: list[WorkHour]
    updatedAt: str = msgspec.field(name="_updatedAt")
    daysOpen: list[Day] | UnsetType = UNSET
    departmentsToApplyBusinessHour: str | UnsetType = UNSET


class OneHour(msgspec.Struct, forbid_unknown_fields=True):
    """null where there is none."""

    businessHour: BusinessHour | None


class Hours(Listed, kw_only=True):
    businessHours: list[BusinessHour]
