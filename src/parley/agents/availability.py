"""The ONLINE rule (contract/management.md §1.1): whom a chat can be given to."""

from collections.abc import Mapping
from typing import Any

from parley.db.tx import Reader


def online(settings: Mapping[str, Any], user: str = "u", *, humans: bool = False) -> str:
    """SQL predicate on the row `user` of users; `is_agent` stands alone, for the index.

    `humans`: no bots.
    """
    tests = [f"{user}.is_agent", f"{user}.active", f"{user}.status_livechat = 'available'"]
    if not settings["Livechat_accept_chats_with_no_agents"]:
        present = f"({user}.status IS NOT NULL AND {user}.status <> 'offline')"
        tests.append(f"({user}.is_bot OR {present})")
    if settings["Livechat_enabled_when_agent_idle"] is False:
        tests.append(f"COALESCE({user}.status_connection, '') <> 'away'")
    if humans:
        tests.append(f"NOT {user}.is_bot")
    return " AND ".join(tests)


async def anybody_online(q: Reader, settings: Mapping[str, Any]) -> bool:
    sql = f"SELECT 1 FROM users u WHERE {online(settings)} LIMIT 1"
    return await q.value(sql) is not None


async def bot_there(q: Reader) -> bool:
    """Whether a bot is an agent."""
    sql = "SELECT 1 FROM users u WHERE u.is_agent AND u.is_bot AND u.active LIMIT 1"
    return await q.value(sql) is not None


async def bot_of_department(q: Reader, department_id: str) -> bool:
    sql = (
        "SELECT 1 FROM department_agents d JOIN users u ON u.id = d.agent_id"
        " WHERE d.department_id = $1 AND d.department_enabled"
        " AND u.is_agent AND u.is_bot AND u.active LIMIT 1"
    )
    return await q.value(sql, department_id) is not None


async def department_online(
    q: Reader,
    settings: Mapping[str, Any],
    department_id: str,
    *,
    but: str = "",
    humans: bool = False,
) -> bool:
    """Whether somebody is; `but` is the id of one who does not count."""
    sql = (
        "SELECT 1 FROM department_agents d JOIN users u ON u.id = d.agent_id"
        " WHERE d.department_id = $1 AND d.department_enabled"
        f" AND {online(settings, humans=humans)} AND u.id <> $2 LIMIT 1"
    )
    return await q.value(sql, department_id, but) is not None


async def first_department_online(q: Reader, settings: Mapping[str, Any]) -> str | None:
    """The first department by name that registration shows and that has somebody online."""
    sql = (
        "SELECT p.id FROM departments p"
        " WHERE p.enabled AND p.show_on_registration AND NOT p.archived AND EXISTS"
        " (SELECT 1 FROM department_agents d JOIN users u ON u.id = d.agent_id"
        f" WHERE d.department_id = p.id AND d.department_enabled AND {online(settings)})"
        " ORDER BY p.name, p.id LIMIT 1"
    )
    found: str | None = await q.value(sql)
    return found


async def online_agent(
    q: Reader, settings: Mapping[str, Any], user_id: str
) -> tuple[str, str] | None:
    """(id, username) of the agent, if a chat can be given to them now."""
    row = await q.row(
        f"SELECT u.id, u.doc ->> 'username' FROM users u WHERE u.id = $1 AND {online(settings)}",
        user_id,
    )
    return None if row is None else (row[0], row[1])
