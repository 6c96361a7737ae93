from typing import Annotated, Any, Literal

import msgspec

from parley.web.paging import Paged


class AgentStatus(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/agent.status; without `status` it toggles."""

    status: Literal["available", "not-available"] | None = None
    agentId: str | None = None


class ListAgents(Paged):
    """`text` is a part of a username, a name or an address; all but it are for agents."""

    text: str | None = None
    onlyAvailable: bool | None = None
    excludeId: str | None = None
    showIdleAgents: bool | None = None


class ListMonitors(Paged, kw_only=True):
    """`text` may be empty."""

    text: str


class ListSeats(msgspec.Struct, forbid_unknown_fields=True):
    enabledDepartmentsOnly: str | None = None


class SaveAgent(msgspec.Struct, forbid_unknown_fields=True):
    """`agentData` replaces what was said of the agent before, such as
    `{"maxNumberSimultaneousChat": 3}`; they work in `agentDepartments` and nowhere else.
    """

    agentId: str
    agentData: dict[str, Any]
    agentDepartments: Annotated[list[str], msgspec.Meta(max_length=1000)]
