from typing import Annotated, Any, Literal

import msgspec

from parley.web.paging import Paged

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Clock = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]


class Shift(msgspec.Struct):
    """Local times; seconds are taken and mean nothing."""

    day: Day
    start: Clock
    finish: Clock
    open: bool


class SaveHours(msgspec.Struct, forbid_unknown_fields=True):
    """`timezoneName` is of IANA; empty, it is the server's zone. `timezone` and `daysTime`, which
    repeat the others, are taken and not kept."""

    name: Annotated[str, msgspec.Meta(max_length=255)]
    timezoneName: Annotated[str, msgspec.Meta(max_length=255)]
    daysOpen: Annotated[list[Day], msgspec.Meta(max_length=7)]
    departmentsToApplyBusinessHour: str
    active: bool
    type: str
    workHours: Annotated[list[Shift], msgspec.Meta(max_length=70)]
    id: str | None = msgspec.field(name="_id", default=None)
    timezone: Any = None
    daysTime: list[Any] | None = None


class RemoveHours(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    type: str


class WhichHours(msgspec.Struct, forbid_unknown_fields=True):
    """Without `type`, or with `default`, the default one; with `custom` the one of `_id`."""

    id: str | None = msgspec.field(name="_id", default=None)
    type: str | None = None


class ListHours(Paged):
    name: str | None = None
