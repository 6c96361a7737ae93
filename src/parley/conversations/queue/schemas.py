"""Queries and bodies of the queue (contract/management.md §4.3)."""

from typing import Any

import msgspec

from parley.rooms.schemas import SpeakerNumber
from parley.web.paging import Paged


class ListInquiries(Paged):
    """`department`: an id or a name; of all where there is none such."""

    department: str | None = None


class ListQueued(Paged):
    """`department`: an id."""

    department: str | None = None


class WhichInquiry(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str


class Forwarding(msgspec.Struct):
    oldDepartmentId: str
    transferData: dict[str, Any]


class TakeOptions(msgspec.Struct):
    """Accepted, as there; they change nothing."""

    clientAction: bool
    forwardingToDepartment: Forwarding | None = None


class TakeInquiry(msgspec.Struct, forbid_unknown_fields=True):
    """`userId` is whom it is taken for; without, the caller."""

    inquiryId: str
    userId: str | None = None
    options: TakeOptions | None = None


class ReturnInquiry(msgspec.Struct, forbid_unknown_fields=True):
    """`departmentId` is whose queue it waits in from now on; without, the one it had."""

    roomId: str
    departmentId: str | None = None
    speaker: SpeakerNumber = None


class ListServed(Paged):
    agentId: str | None = None
    departmentId: str | None = None
    includeOfflineAgents: str | None = None


class ListWaits(Paged):
    pass
