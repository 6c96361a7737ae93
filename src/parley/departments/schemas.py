from typing import Annotated

import msgspec

from parley.web.paging import Paged

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Counter = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class DepartmentFields(msgspec.Struct):
    """Open: further keys must be strings, integers or booleans, or those named below."""

    name: Name
    email: str
    enabled: bool
    showOnRegistration: bool
    showOnOfflineForm: bool
    description: str | None = None
    requestTagBeforeClosingChat: bool | None = None
    chatClosingTags: list[str] | None = None
    fallbackForwardDepartment: str | None = None
    departmentsAllowedToForward: list[str] | None = None
    allowReceiveForwardOffline: bool | None = None
    offlineMessageChannelName: str | None = None
    abandonedRoomsCloseCustomMessage: str | None = None
    waitingQueueMessage: str | None = None


class DepartmentAgent(msgspec.Struct):
    agentId: str
    count: Counter | None = None
    order: Counter | None = None


class DepartmentUnit(msgspec.Struct):
    id: str | None = msgspec.field(name="_id", default=None)


class SaveDepartment(msgspec.Struct, forbid_unknown_fields=True):
    department: DepartmentFields
    agents: list[DepartmentAgent] | None = None
    departmentUnit: DepartmentUnit | None = None


class ListDepartments(Paged):
    text: str | None = None
    enabled: str | None = None
    onlyMyDepartments: str | None = None
    excludeDepartmentId: str | None = None
    showArchived: str | None = None
