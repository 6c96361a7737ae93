"""What the routes of SLA policies answer with (contract/management.md §15)."""

import msgspec

from parley.web.paging import Listed


class Policy(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    name: str
    description: str
    dueTimeInMinutes: int
    updatedAt: str = msgspec.field(name="_updatedAt")


class Policies(Listed, kw_only=True):
    sla: list[Policy]


class OnePolicy(msgspec.Struct, forbid_unknown_fields=True):
    sla: Policy
