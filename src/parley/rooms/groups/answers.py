import msgspec

from parley.rooms.answers import Participant
from parley.web.paging import Listed


class Group(msgspec.Struct, forbid_unknown_fields=True):
    """`msgs` is 0: nobody writes in it."""

    id: str = msgspec.field(name="_id")
    name: str
    fname: str
    t: str
    msgs: int
    usersCount: int
    u: Participant
    ts: str
    ro: bool
    default: bool
    sysMes: bool
    updated: str = msgspec.field(name="_updatedAt")


class OneGroup(msgspec.Struct, forbid_unknown_fields=True):
    group: Group


class Member(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    name: str | None = None
    status: str | None = None
    utcOffset: float | None = None


class Members(Listed, forbid_unknown_fields=True):
    members: list[Member]
