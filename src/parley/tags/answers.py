"""What the routes of tags answer with (contract/management.md §15)."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class Tag(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`departments` are ids; a tag without any is of all departments."""

    id: str = msgspec.field(name="_id")
    name: str
    description: str | UnsetType = UNSET
    numDepartments: int
    departments: list[str]
    createdAt: str = msgspec.field(name="_createdAt")
    updatedAt: str = msgspec.field(name="_updatedAt")


class Tags(Listed):
    tags: list[Tag]
