"""Which department a new chat belongs to (contract/core.md §3.2 `departmentId`)."""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import (
    anybody_online,
    bot_of_department,
    bot_there,
    department_online,
    first_department_online,
)
from parley.db.documents import find
from parley.db.tx import Reader
from parley.errors import Coded

LONGEST_CHAIN = 10

Settings = Mapping[str, Any]


async def choose_department(
    q: Reader, settings: Settings, wanted: str | None, *, agent_asked: bool
) -> str | None:
    """The department's id, or None for none. Where bots come first, one that works there will do.

    Raises Coded `no-agent-online` when nobody is there and chats are not accepted without agents.
    """
    accepted_anyway = settings["Livechat_accept_chats_with_no_agents"]
    bots_first = settings["Livechat_assign_new_conversation_to_bot"] and not agent_asked
    if wanted:
        if bots_first and await bot_of_department(q, wanted):
            return wanted
        online = await first_online(q, settings, wanted)
        if online is None and not accepted_anyway:
            raise _nobody()
        return online or wanted
    if agent_asked:
        return None
    if (shown := await first_department_online(q, settings)) is not None:
        return shown
    if accepted_anyway or (bots_first and await bot_there(q)):
        return None
    if not await anybody_online(q, settings):
        raise _nobody()
    return None


async def first_online(q: Reader, settings: Settings, department_id: str) -> str | None:
    """The department or the first of its fallbacks that has an online agent."""
    for _ in range(LONGEST_CHAIN):
        if await department_online(q, settings, department_id):
            return department_id
        department = await find(q, "departments", department_id)
        if department is None or not department.get("fallbackForwardDepartment"):
            return None
        department_id = department["fallbackForwardDepartment"]
    return None


def _nobody() -> Coded:
    return Coded("no-agent-online", "Sorry, no online agents")
