"""How many chats somebody may have at once (contract/management.md §3.2, "limits").

They hold while there is a waiting queue (`Livechat_waiting_queue`), where the others wait. What
counts are open chats, not on hold, that the agent serves: all of them against the agent's own limit
(`livechat.maxNumberSimultaneousChat`) or, without one, against `Livechat_maximum_chats_per_agent`;
those of a department against the department's (`maxNumberSimultaneousChat`). 0 is no limit.
"""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import online
from parley.db.documents import Doc, Params
from parley.db.tx import Tx

Settings = Mapping[str, Any]

SERVING = "SELECT count(*) FROM rooms r WHERE r.busy = u.id"


def in_force(settings: Settings) -> bool:
    return bool(settings["Livechat_waiting_queue"])


async def lock_limits(tx: Tx, settings: Settings, department_id: str | None) -> None:
    """Precedes a selection: of two that could choose the same agent, the second counts the first.

    An agent's chats come from several departments; so while limits hold, one selection of them all
    runs at a time. The department's own lock comes first, for whoever changes who works there.
    """
    await tx.lock("routing", department_id or "all")
    if in_force(settings):
        await tx.lock("routing", "limits")


async def lock_against_selections(tx: Tx, settings: Settings) -> None:
    """Precedes giving somebody a chat whatever their limit is: the next selection counts it."""
    if in_force(settings):
        await tx.lock("routing", "limits")


def below_limit(settings: Settings, department: str | None) -> str:
    """SQL predicate on the row `u` of users; `department` is the SQL of its id, None for none."""
    if not in_force(settings):
        return "TRUE"
    office = int(settings["Livechat_maximum_chats_per_agent"])
    own = f"(CASE WHEN u.max_chats > 0 THEN u.max_chats ELSE {office} END)"
    test = f"({own} <= 0 OR ({SERVING}) < {own})"
    if department is None:
        return test
    return (
        f"{test} AND NOT EXISTS (SELECT 1 FROM departments p WHERE p.id = {department}"
        f" AND p.max_chats > 0 AND p.max_chats <= ({SERVING} AND r.department_id = p.id))"
    )


async def hold(
    tx: Tx,
    settings: Settings,
    user_id: str,
    department_id: str | None,
    *,
    there: bool = False,
    humans: bool = False,
) -> Doc | None:
    """`{_id, username}` of one agent, if a chat of the department can be given to them now.

    `there`: it is they who ask, so they are, whatever their status says. `humans`: no bot.
    """
    await lock_limits(tx, settings, department_id)
    p = Params(user_id)
    where = p(department_id) if department_id and in_force(settings) else None
    ready = "u.is_agent AND u.active" if there else online(settings, humans=humans)
    row = await tx.row(
        "SELECT u.id, u.doc ->> 'username' FROM users u"
        f" WHERE u.id = $1 AND {ready} AND {below_limit(settings, where)}",
        *p.values,
    )
    return None if row is None else {"_id": row[0], "username": row[1]}
