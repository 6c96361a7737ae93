from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed, Paged


class ListAudit(Paged):
    """`actor` and `target` are ids; `t` is the kind of act; `start` and `end` are dates."""

    actor: str | None = None
    target: str | None = None
    t: str | None = None
    start: str | None = None
    end: str | None = None


class Actor(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)
    username: str | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    useragent: str | UnsetType = UNSET


class Target(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str = msgspec.field(name="_id")
    name: str | UnsetType = UNSET


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    t: str
    ts: str
    actor: Actor
    target: Target
    updatedAt: str = msgspec.field(name="_updatedAt")
    data: dict[str, Any] | UnsetType = UNSET


class AuditLog(Listed):
    events: list[Entry]
