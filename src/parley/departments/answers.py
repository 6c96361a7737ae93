"""What the department routes answer with (contract/management.md §2.1)."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class Department(msgspec.Struct, kw_only=True):
    """A department. Open: whoever saved it may have given it more keys, each a string, an integer
    or a boolean. `numAgents` stands here once somebody works in the department, `parentId` and
    `ancestors` while it is in a business unit.
    """

    id: str = msgspec.field(name="_id")
    name: str
    email: str
    enabled: bool
    showOnRegistration: bool
    showOnOfflineForm: bool
    updatedAt: str = msgspec.field(name="_updatedAt")
    description: str | UnsetType = UNSET
    numAgents: int | UnsetType = UNSET
    requestTagBeforeClosingChat: bool | UnsetType = UNSET
    chatClosingTags: list[str] | UnsetType = UNSET
    fallbackForwardDepartment: str | UnsetType = UNSET
    departmentsAllowedToForward: list[str] | UnsetType = UNSET
    allowReceiveForwardOffline: bool | UnsetType = UNSET
    offlineMessageChannelName: str | UnsetType = UNSET
    abandonedRoomsCloseCustomMessage: str | UnsetType = UNSET
    waitingQueueMessage: str | UnsetType = UNSET
    parentId: str | UnsetType = UNSET
    ancestors: list[str] | UnsetType = UNSET


# A Struct can be closed or open, and nothing between; the schema can say what may follow.
AnyDepartment = Annotated[
    Department,
    msgspec.Meta(
        extra_json_schema={"unevaluatedProperties": {"type": ["string", "integer", "boolean"]}}
    ),
]


class AgentOfDepartment(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who works in a department. `count` is how many chats they were given there, `order`
    whose turn it is first.
    """

    id: str = msgspec.field(name="_id")
    departmentId: str
    agentId: str
    username: str
    count: int
    order: int
    departmentEnabled: bool
    updatedAt: str = msgspec.field(name="_updatedAt")


class Departments(Listed):
    departments: list[AnyDepartment]


class SavedDepartment(msgspec.Struct, forbid_unknown_fields=True):
    department: AnyDepartment
    agents: list[AgentOfDepartment]


class OneDepartment(msgspec.Struct, forbid_unknown_fields=True):
    """`agents` where the caller asked for them, and may see them; a thousand at most."""

    department: AnyDepartment | None
    agents: list[AgentOfDepartment] | UnsetType = UNSET


class DepartmentsListed(msgspec.Struct, forbid_unknown_fields=True):
    departments: list[AnyDepartment]


class AgentsOfDepartment(Listed):
    agents: list[AgentOfDepartment]


class CreationAvailable(msgspec.Struct, forbid_unknown_fields=True):
    isDepartmentCreationAvailable: bool


class SuggestedDepartment(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    name: str


class SuggestedDepartments(msgspec.Struct, forbid_unknown_fields=True):
    """By name; ten at most."""

    items: list[SuggestedDepartment]
