"""Queries of the routing routes."""

from typing import Annotated

import msgspec


class NextTurn(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/agent.next."""

    department: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class WhichRoom(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str
