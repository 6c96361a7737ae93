"""How many could be given a chat now, and what keeps the others from it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.agents.availability import online
from parley.agents.limits import below_limit
from parley.db.documents import Doc, Params
from parley.db.tx import Reader


class Census(NamedTuple):
    agents: int
    available: int
    """Have said so."""
    online: int
    """And can be given a chat, by the rule of contract/management.md §1.1."""
    free: int
    """And have fewer chats than their limit."""

    def why_nobody(self) -> str:
        """A key of routing/reasons.py."""
        if self.online == 0:
            return "nobody-online"
        return "all-at-limit" if self.free == 0 else "nobody-else"

    def shown(self) -> Doc:
        return self._asdict()


async def census(
    q: Reader, settings: Mapping[str, Any], department_id: str | None, *, humans: bool = False
) -> Census:
    """Of the department, or of the whole office; `humans`: but for bots."""
    p = Params()
    where = p(department_id) if department_id else None
    ready = "u.active AND u.status_livechat = 'available'"
    there = online(settings)
    if where is None:
        tables = "users u WHERE u.is_agent"
    else:
        tables = (
            "department_agents d JOIN users u ON u.id = d.agent_id"
            f" WHERE d.department_id = {where} AND d.department_enabled AND u.is_agent"
        )
    if humans:
        tables += " AND NOT u.is_bot"
    tests = (ready, there, f"{there} AND {below_limit(settings, where)}")
    counts = ", ".join(f"count(CASE WHEN {test} THEN 1 END)" for test in tests)
    row = await q.row(f"SELECT count(*), {counts} FROM {tables}", *p.values)
    return Census(*(row or (0, 0, 0, 0)))
