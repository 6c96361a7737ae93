from typing import Literal

import msgspec


class AgentStatus(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/agent.status; without `status` it toggles."""

    status: Literal["available", "not-available"] | None = None
    agentId: str | None = None
