"""What the routes of the queue answer with (contract/management.md §4)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import Message, Source, VisitorOfRoom
from parley.web.paging import Listed

Status = Literal["verifying", "queued", "ready", "taken", "open"]


class AskedFor(msgspec.Struct, forbid_unknown_fields=True):
    agentId: str
    username: str


class Inquiry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """That a chat waits, or by whom it was taken. `message` is what was said first, `lastMessage`
    what was said last: they stand here where agents see who waits (Manual_Selection).
    """

    id: str = msgspec.field(name="_id")
    rid: str
    name: str
    ts: str
    message: str
    status: Status
    v: VisitorOfRoom
    t: Literal["l"]
    source: Source
    priorityWeight: int
    estimatedWaitingTimeQueue: int
    updatedAt: str = msgspec.field(name="_updatedAt")
    department: str | UnsetType = UNSET
    defaultAgent: AskedFor | UnsetType = UNSET
    queuedAt: str | UnsetType = UNSET
    takenAt: str | UnsetType = UNSET
    lastMessage: Message | UnsetType = UNSET
    priorityId: str | UnsetType = UNSET
    slaId: str | UnsetType = UNSET


class InquiryLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    rid: str
    name: str
    ts: str
    status: Status
    department: str | UnsetType = UNSET


class InquiryLines(Listed, kw_only=True):
    inquiries: list[InquiryLine]


class Inquiries(Listed, kw_only=True):
    inquiries: list[Inquiry]


class OneInquiry(msgspec.Struct, forbid_unknown_fields=True):
    """null where there is none, or none that the caller may know of."""

    inquiry: Inquiry | None


class Returned(msgspec.Struct, forbid_unknown_fields=True):
    """false where nobody served the chat."""

    result: bool


class Serving(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    status: str


class OfDepartment(msgspec.Struct, forbid_unknown_fields=True):
    """Empty for chats without a department."""

    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)
    name: str | UnsetType = UNSET


class Load(msgspec.Struct, forbid_unknown_fields=True):
    user: Serving
    department: OfDepartment
    chats: int


class Loads(Listed, kw_only=True):
    queue: list[Load]


class Wait(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is when the one who waits longest began to; seconds are whole."""

    department: OfDepartment
    waiting: int
    since: str
    longestWaitSeconds: int


class Waits(Listed, kw_only=True):
    """`waiting` and `longestWaitSeconds` are of all queues, `departments` of each."""

    waiting: int
    longestWaitSeconds: int
    departments: list[Wait]
