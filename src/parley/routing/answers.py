"""What the routing routes answer with."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.agents.answers import AgentShown
from parley.rooms.answers import ServedBy


class NextAgent(msgspec.Struct, forbid_unknown_fields=True):
    """Without `agent` where the visitor has an open room."""

    agent: AgentShown | UnsetType = UNSET


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`code` for machines, `text` for people. `times` it came out so, from `at` to `lastAt`.

    `detail`: who was to choose from, in the order of their turns, with what the order goes by.
    """

    at: str
    lastAt: str
    times: int
    method: str
    outcome: Literal["assigned", "queued", "refused"]
    code: str
    text: str
    detail: dict[str, Any]


class AgentsNow(msgspec.Struct, forbid_unknown_fields=True):
    """How many there are; say they are available; are online as well; and below their limit."""

    agents: int
    available: int
    online: int
    free: int


class WaitsFor(msgspec.Struct, forbid_unknown_fields=True):
    agentId: str
    username: str


class Waiting(msgspec.Struct, forbid_unknown_fields=True):
    """How things stand now; without `code` somebody could be given the chat."""

    since: str
    agents: AgentsNow
    status: str | UnsetType = UNSET
    waitsFor: WaitsFor | UnsetType = UNSET
    code: str | UnsetType = UNSET
    text: str | UnsetType = UNSET


class Explanation(msgspec.Struct, forbid_unknown_fields=True):
    """`code` and `text` sum it up; `decisions` come oldest first."""

    roomId: str
    state: Literal["waiting", "served", "closed"]
    code: str
    text: str
    decisions: list[Decision]
    departmentId: str | UnsetType = UNSET
    servedBy: ServedBy | UnsetType = UNSET
    waiting: Waiting | UnsetType = UNSET
