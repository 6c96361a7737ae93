from typing import Annotated, Any

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


class DepartmentShape(msgspec.Struct):
    """As `DepartmentFields`, in the order and the words of Meteor's `check`."""

    enabled: bool
    name: str
    showOnRegistration: bool
    email: str
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
    """Without an `_id`, the department is in no unit."""

    id: str | None = msgspec.field(name="_id", default=None)


Agents = Annotated[list[DepartmentAgent], msgspec.Meta(max_length=1000)]


class SaveDepartment(msgspec.Struct, forbid_unknown_fields=True):
    department: DepartmentFields
    agents: Agents | None = None
    departmentUnit: DepartmentUnit | None = None


class SentAgent(msgspec.Struct):
    """A `count` or `order` that is no whole number is 0."""

    agentId: str
    count: Any = None
    order: Any = None


class SentUnit(msgspec.Struct):
    """As `DepartmentUnit`; the rule looks at what it holds."""

    id: Any = msgspec.field(name="_id", default=None)


class ChangeDepartment(msgspec.Struct, forbid_unknown_fields=True):
    """`department` as for a new one; a field that is not sent stays, a null takes it away."""

    department: dict[str, Any]
    agents: list[SentAgent] | None = None
    departmentUnit: SentUnit | None = None


class AgentPut(msgspec.Struct):
    """`username` and `name` are the person's own, whatever is sent."""

    agentId: str
    username: str
    name: str | None = None
    count: Counter | None = None
    order: Counter | None = None


class AgentTaken(msgspec.Struct):
    agentId: str
    username: str
    name: str | None = None
    count: Counter | None = None
    order: Counter | None = None


class ChangeAgents(msgspec.Struct, forbid_unknown_fields=True):
    upsert: Annotated[list[AgentPut], msgspec.Meta(max_length=1000)]
    remove: Annotated[list[AgentTaken], msgspec.Meta(max_length=1000)]


class ListDepartments(Paged):
    text: str | None = None
    enabled: str | None = None
    onlyMyDepartments: str | None = None
    excludeDepartmentId: str | None = None
    showArchived: str | None = None


class WhichDepartment(msgspec.Struct, forbid_unknown_fields=True):
    """`includeAgents` is literally `true`, or left out."""

    includeAgents: str | None = None
    onlyMyDepartments: str | None = None


class SuggestDepartments(msgspec.Struct, forbid_unknown_fields=True):
    """`selector` is JSON: `{"term": "sa", "exceptions": ["id"]}`."""

    selector: str | None = None
    onlyMyDepartments: str | None = None
    showArchived: str | None = None


class Selector(msgspec.Struct):
    """What `selector` holds. `conditions` is accepted, and changes nothing."""

    term: str = ""
    exceptions: list[str] = []
    conditions: dict[str, Any] | None = None


class DepartmentsById(msgspec.Struct):
    """`ids` is a list: `ids[]=a&ids[]=b`. The handler looks at it: a text would be made a list."""

    ids: Any = None
