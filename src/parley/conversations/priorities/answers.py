"""What the routes of priorities answer with (contract/management.md §15)."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class Priority(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`i18n` is the key of its usual name, `name` what it was renamed to (`dirty`)."""

    id: str = msgspec.field(name="_id")
    i18n: str
    sortItem: int
    dirty: bool
    name: str | UnsetType = UNSET
    updatedAt: str | UnsetType = msgspec.field(name="_updatedAt", default=UNSET)


class Priorities(Listed, kw_only=True):
    priorities: list[Priority]


class Resettable(msgspec.Struct, forbid_unknown_fields=True):
    """Whether any was renamed."""

    reset: bool
