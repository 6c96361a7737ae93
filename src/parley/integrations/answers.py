from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.integrations.schemas import Type
from parley.web.paging import Listed


class Attempt(msgspec.Struct, forbid_unknown_fields=True):
    """`status` is the receiver's; without one nobody answered, or nobody was asked."""

    at: str
    status: int | UnsetType = UNSET
    error: str | UnsetType = UNSET


class Delivery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`_id` is the event's, as the receiver sees it; `log` has the newest 20 attempts. What waits
    without `nextAt` waits for the event of its room that is before it."""

    id: str = msgspec.field(name="_id")
    type: Type
    rid: str | UnsetType = UNSET
    messageId: str | UnsetType = UNSET
    state: Literal["waiting", "done", "failed", "dropped"]
    createdAt: str
    nextAt: str | UnsetType = UNSET
    finishedAt: str | UnsetType = UNSET
    attempts: int
    log: list[Attempt]


class Deliveries(Listed):
    deliveries: list[Delivery]


class Replayed(msgspec.Struct, forbid_unknown_fields=True):
    """`more`: as many as one call can were put again, and more may be left."""

    replayed: int
    more: bool
