"""What the agent routes answer with."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.accounts.answers import EmailAddress, Status
from parley.departments.answers import AgentOfDepartment
from parley.web.paging import Listed


class Readiness(msgspec.Struct, forbid_unknown_fields=True):
    """The status that holds now."""

    status: Literal["available", "not-available"]


class AgentEmail(msgspec.Struct, forbid_unknown_fields=True):
    address: str
    verified: bool


class AgentOrManager(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`livechat` is what `agents.saveInfo` said of them."""

    id: str = msgspec.field(name="_id")
    username: str
    name: str
    status: Status
    statusLivechat: Literal["available", "not-available"] | UnsetType = UNSET
    emails: list[EmailAddress] | UnsetType = UNSET
    livechat: dict[str, Any] | UnsetType = UNSET


class AgentListed(AgentOrManager, kw_only=True):
    """`departments` are ids of those they work in."""

    departments: list[str]


class AgentsListed(Listed):
    users: list[AgentListed]


class MonitorsListed(Listed):
    monitors: list[AgentOrManager]


class OneAgentOrManager(msgspec.Struct, forbid_unknown_fields=True):
    """Null for whoever lacks the role."""

    user: AgentOrManager | None


class Seat(AgentOfDepartment, kw_only=True):
    departmentName: str


class Seats(msgspec.Struct, forbid_unknown_fields=True):
    """Departments that somebody works in, by name; a thousand at most."""

    departments: list[Seat]


class Limits(msgspec.Struct, forbid_unknown_fields=True):
    """As `agents.saveInfo` was sent it."""

    maxNumberSimultaneousChat: int | str


class AgentShown(msgspec.Struct, forbid_unknown_fields=True):
    """The agent as visitors see them; `hiddenInfo` alone where they are to see nothing."""

    hiddenInfo: bool | UnsetType = UNSET
    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)
    name: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    livechat: Limits | UnsetType = UNSET
    emails: list[AgentEmail] | UnsetType = UNSET
    customFields: dict[str, Any] | UnsetType = UNSET


class OneAgentShown(msgspec.Struct, forbid_unknown_fields=True):
    agent: AgentShown
