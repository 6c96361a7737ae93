"""SQL of what is told: documents as they are now, and who may see them."""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db import Reader
from parley.db.documents import Doc, Params, decode
from parley.db.tx import Row
from parley.departments.units.oversight import OVERSEEN
from parley.rooms.visibility import (
    looks_at_public,
    oversees,
    queue_of,
    sees_every_queue,
    visible_to,
)

PERSONS_AT_ONCE = 500
"""Whose rights one statement asks: SQLite takes some thousands of arguments."""


class Inquiry(NamedTuple):
    id: str
    room_id: str
    doc: str
    department_id: str | None
    default_agent: str | None
    waits: bool


async def policy_version(q: Reader) -> int:
    return int(await q.value("SELECT version FROM policy"))


async def _by_ids(q: Reader, sql: str, ids: Iterable[str]) -> list[Row]:
    """`sql` ends where the list of ids belongs."""
    p = Params()
    marks = ", ".join(p(key) for key in sorted(set(ids)))
    return await q.rows(f"{sql} ({marks})", *p.values) if p.values else []


async def rooms(q: Reader, ids: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """{id: (document, whether it is open)}"""
    rows = await _by_ids(q, "SELECT id, doc, open FROM rooms WHERE id IN", ids)
    return {row[0]: (row[1], bool(row[2])) for row in rows}


async def messages(q: Reader, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """{id: (document, kind)} of those that are shown."""
    rows = await _by_ids(q, "SELECT id, doc, kind FROM messages WHERE NOT hidden AND id IN", ids)
    return {row[0]: (row[1], row[2]) for row in rows}


_INQUIRY = (
    "SELECT i.id, i.room_id, i.doc, i.department_id, i.default_agent,"
    " i.status IN ('queued', 'ready') FROM inquiries i"
)


async def inquiries(q: Reader, ids: Iterable[str], room_ids: Iterable[str]) -> list[Inquiry]:
    """By their own ids, or by their rooms'."""
    found = await _by_ids(q, f"{_INQUIRY} WHERE i.id IN", ids)
    found += await _by_ids(q, f"{_INQUIRY} WHERE i.room_id IN", room_ids)
    return [Inquiry(*row) for row in found]


async def subscriptions(q: Reader, room_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """{(room, user): document}"""
    sql = "SELECT room_id, user_id, doc FROM subscriptions WHERE room_id IN"
    return {(row[0], row[1]): row[2] for row in await _by_ids(q, sql, room_ids)}


async def departments(q: Reader, ids: Iterable[str]) -> dict[str, str]:
    rows = await _by_ids(q, "SELECT id, doc FROM departments WHERE id IN", ids)
    return {row[0]: row[1] for row in rows}


async def canned_responses(q: Reader, ids: Iterable[str]) -> dict[str, str]:
    rows = await _by_ids(q, "SELECT id, doc FROM canned_responses WHERE id IN", ids)
    return {row[0]: row[1] for row in rows}


async def users(q: Reader, ids: Iterable[str]) -> dict[str, Doc]:
    rows = await _by_ids(q, "SELECT id, doc FROM users WHERE id IN", ids)
    return {row[0]: decode(row[1]) for row in rows}


async def departments_of(q: Reader, persons: Iterable[Person]) -> dict[str, set[str]]:
    """{user: departments whose queue they look at}, of those who do not look at all"""
    limited = [person for person in persons if not sees_every_queue(person)]
    found = await works_in(q, [p.user_id or "" for p in limited if looks_at_public(p)])
    rows = await _by_ids(
        q,
        "SELECT m.monitor_id, o.id FROM unit_monitors m JOIN departments o ON o.unit_id = m.unit_id"
        " AND o.unit_id IS NOT NULL WHERE m.monitor_id IN",
        [person.user_id or "" for person in limited if oversees(person)],
    )
    for user_id, department_id in rows:
        found.setdefault(user_id, set()).add(department_id)
    return found


async def works_in(q: Reader, user_ids: Iterable[str]) -> dict[str, set[str]]:
    """{user: departments they work in, and that are enabled}"""
    sql = "SELECT agent_id, department_id FROM department_agents WHERE department_enabled AND"
    found: dict[str, set[str]] = {}
    for user_id, department_id in await _by_ids(q, f"{sql} agent_id IN", user_ids):
        found.setdefault(user_id, set()).add(department_id)
    return found


async def seen_rooms(
    q: Reader, persons: Iterable[Person], ids: Iterable[str]
) -> dict[str, set[str]]:
    """{user: which of the rooms they may see}"""
    found: dict[str, set[str]] = {}
    wanted, remaining = sorted(set(ids)), iter(persons)
    while wanted and (some := list(islice(remaining, PERSONS_AT_ONCE))):
        p = Params()
        marks = ", ".join(p(key) for key in wanted)
        # Persons whose rights are the same share a predicate: there are about as many as roles.
        alike: dict[str, list[str]] = {}
        for person in some:
            alike.setdefault(visible_to(person, p, "u.id"), []).append(p(person.user_id or ""))
        tests = [f"u.id IN ({', '.join(who)}) AND {test}" for test, who in alike.items()]
        everybody = ", ".join(mark for who in alike.values() for mark in who)
        rows = await q.rows(
            f"SELECT u.id, r.id FROM users u JOIN rooms r ON r.id IN ({marks})"
            f" WHERE u.id IN ({everybody}) AND ({' OR '.join(f'({test})' for test in tests)})",
            *p.values,
        )
        for user_id, room_id in rows:
            found.setdefault(user_id, set()).add(room_id)
    return found


async def open_rooms(q: Reader, person: Person, limit: int) -> list[Row]:
    """(id, document) of the open rooms the person may see, those last written in first."""
    p = Params()
    test = visible_to(person, p)
    candidates = "SELECT id FROM rooms WHERE open"
    if test != "TRUE":
        # By the indexes that lead to what may be seen: most rooms are long closed.
        me = p(person.user_id)
        candidates = (
            f"SELECT id FROM rooms WHERE served_by = {me} AND open"
            f" UNION SELECT room_id FROM subscriptions WHERE user_id = {me}"
            " UNION SELECT room_id FROM inquiries WHERE status = 'queued'"
        )
        if oversees(person):
            # Not by the column alone: its index holds every room that the department ever had.
            candidates += (
                " UNION SELECT o.id FROM rooms o WHERE o.open"
                f" AND COALESCE(o.department_id, '') IN ({OVERSEEN}{me})"
            )
    return await q.rows(
        f"SELECT r.id, r.doc FROM ({candidates}) c JOIN rooms r ON r.id = c.id"
        f" WHERE r.open AND {test} ORDER BY r.lm DESC, r.id LIMIT {p(limit)}",
        *p.values,
    )


async def own_queue(q: Reader, person: Person, limit: int) -> list[Row]:
    """(id, document) of the chats that wait where the person looks, the longest first."""
    p = Params()
    return await q.rows(
        "SELECT i.id, i.doc FROM inquiries i WHERE i.status IN ('queued', 'ready')"
        f" AND {queue_of(person, p)} ORDER BY i.ts, i.id LIMIT {p(limit)}",
        *p.values,
    )


async def still_theirs(q: Reader, token: str, room_id: str) -> bool:
    """Whether the token is of a visitor, and the room that visitor's."""
    sql = (
        "SELECT 1 FROM visitors v JOIN rooms r ON r.visitor_id = v.id"
        " WHERE v.token = $1 AND r.id = $2 AND NOT v.disabled"
    )
    return await q.value(sql, token, room_id) is not None
