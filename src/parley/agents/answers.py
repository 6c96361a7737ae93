"""What the agent routes answer with."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType


class Readiness(msgspec.Struct, forbid_unknown_fields=True):
    """The status that holds now."""

    status: Literal["available", "not-available"]


class AgentEmail(msgspec.Struct, forbid_unknown_fields=True):
    address: str
    verified: bool


class AgentShown(msgspec.Struct, forbid_unknown_fields=True):
    """The agent as visitors see them; `hiddenInfo` alone where they are to see nothing."""

    hiddenInfo: bool | UnsetType = UNSET
    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)
    name: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    emails: list[AgentEmail] | UnsetType = UNSET
    customFields: dict[str, Any] | UnsetType = UNSET


class OneAgentShown(msgspec.Struct, forbid_unknown_fields=True):
    agent: AgentShown
