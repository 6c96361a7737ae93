"""Agents and managers, as they are listed and shown (contract/management.md §1.2)."""

from typing import Any, NamedTuple

from parley.accounts.people_store import holds
from parley.accounts.roles import AGENT, MANAGER
from parley.accounts.store import find_by_username
from parley.accounts.timed_status import status_now
from parley.db.documents import Doc, Params, decode, find, like
from parley.db.tx import Reader
from parley.errors import Refused

SORTABLE = {
    # With the key beside it, PostgreSQL compares by the key's collation, as SQLite does.
    "name": "COALESCE(doc ->> 'name', username_key)",
    "username": "username_key",
    "_id": "id",
    "status": "COALESCE(status, '')",
    "statusLivechat": "COALESCE(status_livechat, '')",
}

_ROLES = {"agent": AGENT, "manager": MANAGER}
_SHOWN = ("_id", "username", "name", "status", "statusLivechat", "emails", "livechat")


class Wanted(NamedTuple):
    """Filters of the list."""

    role: str
    text: str = ""
    available_only: bool = False
    without: str = ""
    idle_too: bool = True
    """Those who are offline, unless they are bots."""


def role_of(kind: str) -> str:
    """The role that the API calls `agent` or `manager`. Raises Refused for another kind."""
    role = _ROLES.get(kind)
    if role is None:
        raise Refused("Invalid type")
    return role


def shown(user: Doc) -> Doc:
    now = status_now(user)
    return {key: now[key] for key in _SHOWN if key in now}


async def one_of(q: Reader, kind: str, user_id: str) -> Doc | None:
    """None for whoever lacks the role. Raises Refused for an unknown kind."""
    role = role_of(kind)
    user = await find(q, "users", user_id)
    return shown(user) if user is not None and role in user["roles"] else None


async def holder_of(q: Reader, role: str, username: str) -> Doc | None:
    user = await find_by_username(q, username)
    return shown(user) if user is not None and role in user["roles"] else None


async def list_people(
    q: Reader, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """People with the departments they work in, and how many there are."""
    people, total = await list_holders(q, wanted, order, limit, offset)
    departments = await _departments(q, [person["_id"] for person in people])
    return [person | {"departments": departments[person["_id"]]} for person in people], total


async def list_holders(
    q: Reader, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """People who hold the role, and how many there are."""
    p = Params()
    where = " AND ".join(_tests(wanted, p))
    total = await q.value(f"SELECT count(*) FROM users WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM users WHERE {where} ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [shown(decode(row[0])) for row in rows], total


def _tests(wanted: Wanted, p: Params) -> list[str]:
    tests = ["is_agent" if wanted.role == AGENT else holds(p(f'"{wanted.role}"'))]
    if wanted.text:
        tests.append(f"COALESCE(search_key, username_key) LIKE {p(like(wanted.text))} ESCAPE '\\'")
    if wanted.available_only:
        tests.append("status_livechat = 'available'")
    if wanted.without:
        tests.append(f"id <> {p(wanted.without)}")
    if not wanted.idle_too:
        tests.append("(is_bot OR (status IS NOT NULL AND status <> 'offline'))")
    return tests


async def _departments(q: Reader, ids: list[str]) -> dict[str, list[str]]:
    """{person's id: ids of departments}"""
    found: dict[str, list[str]] = {key: [] for key in ids}
    p = Params()
    marks = ", ".join(p(key) for key in ids) or "NULL"
    rows: list[Any] = await q.rows(
        f"SELECT agent_id, department_id FROM department_agents WHERE agent_id IN ({marks})"
        " ORDER BY agent_id, department_id",
        *p.values,
    )
    for agent_id, department_id in rows:
        found[agent_id].append(department_id)
    return found
