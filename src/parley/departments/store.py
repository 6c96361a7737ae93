"""SQL of departments and of who works in them."""

from collections.abc import Iterable
from typing import NamedTuple

from parley.accounts.identify import Person
from parley.clock import now
from parley.db.documents import Doc, Params, decode, encode, fold, insert, like, save
from parley.db.tx import Reader, Tx
from parley.departments.units.oversight import department_seen

MOST = 1000
"""Of a list that has no pages."""
SUGGESTED = 10
ROWS_AT_ONCE = 500
SORTABLE = {"name": "name", "enabled": "enabled"}

_LAST = "\U0010ffff"


async def find_by_id_or_name(q: Reader, key: str) -> Doc | None:
    doc = await q.value(
        "SELECT doc FROM departments WHERE id = $1 OR name = $1 ORDER BY id <> $1, id LIMIT 1", key
    )
    return None if doc is None else decode(doc)


class Wanted(NamedTuple):
    """Filters of the list of departments."""

    text: str = ""
    enabled_only: bool = False
    without: str = ""
    archived: bool = False
    """With the archived ones."""
    archived_only: bool = False
    unit: str = ""
    free_for: str | None = None
    """In no unit, or in this one; of an empty id, in none."""


async def list_departments(
    q: Reader, person: Person, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored of those that the person may see, and how many match."""
    p = Params()
    tests = ["TRUE" if wanted.archived else "NOT archived"]
    if wanted.archived_only:
        tests = ["archived"]
    tests.append(department_seen(person, "id", p))
    if wanted.unit:
        tests.append(f"unit_id = {p(wanted.unit)}")
    if wanted.free_for is not None:
        tests.append(f"(unit_id IS NULL OR unit_id = {p(wanted.free_for)})")
    if wanted.enabled_only:
        tests.append("enabled")
    if wanted.without:
        tests.append(f"id <> {p(wanted.without)}")
    if wanted.text:
        tests.append(f"name_key LIKE {p(like(wanted.text))} ESCAPE '\\'")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM departments WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM departments WHERE {where} ORDER BY {order}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def suggest_departments(
    q: Reader, person: Person, term: str, without: list[str], archived: bool
) -> list[Doc]:
    """`{_id, name}` of those that the person may see whose name begins so, by name; at most ten."""
    p = Params(fold(term), fold(term) + _LAST)
    tests = ["name_key >= $1", "name_key < $2", department_seen(person, "id", p)]
    if without:
        tests.append(f"id NOT IN ({', '.join(p(each) for each in without)})")
    if not archived:
        tests.append("NOT archived")
    rows = await q.rows(
        f"SELECT id, name FROM departments WHERE {' AND '.join(tests)}"
        f" ORDER BY name, id LIMIT {SUGGESTED}",
        *p.values,
    )
    return [{"_id": row[0], "name": row[1]} for row in rows]


async def departments_by_ids(q: Reader, ids: list[str], person: Person | None = None) -> list[Doc]:
    """By name; with a person, those that they may see."""
    p = Params()
    marks = ", ".join(p(each) for each in ids)
    if not marks:
        return []
    seen = "TRUE" if person is None else department_seen(person, "id", p)
    sql = f"SELECT doc FROM departments WHERE id IN ({marks}) AND {seen} ORDER BY name, id"
    return [decode(row[0]) for row in await q.rows(sql, *p.values)]


async def count_departments(q: Reader) -> int:
    return int(await q.value("SELECT count(*) FROM departments"))


async def falling_back_to(q: Reader, department_id: str) -> list[Doc]:
    rows = await q.rows(
        "SELECT doc FROM departments WHERE doc ->> 'fallbackForwardDepartment' = $1", department_id
    )
    return [decode(row[0]) for row in rows]


async def departments_with_agents(q: Reader) -> list[Doc]:
    """What visitors can choose from, by name; the first thousand."""
    rows = await q.rows(
        "SELECT doc FROM departments p WHERE p.enabled AND NOT p.archived AND EXISTS"
        " (SELECT 1 FROM department_agents d WHERE d.department_id = p.id)"
        " ORDER BY p.name, p.id LIMIT 1000"
    )
    return [decode(row[0]) for row in rows]


async def lock_staff(tx: Tx, department_ids: Iterable[str]) -> None:
    """Before departments, or who works in them, are written.

    The one lock of them all comes first: what a department says of others (its fallback), and who
    works where, holds together. Chats do not wait for it: they take the routing of theirs alone.
    """
    await tx.lock("departments", "all")
    ids = sorted(set(department_ids))
    for table in ("departments", "routing"):
        for department_id in ids:
            await tx.lock(table, department_id)


async def lock_departments_of(tx: Tx, agent_id: str, *more: str) -> list[str]:
    """Ids of the departments somebody works in, now locked with `more`, as by `lock_staff`."""
    await tx.lock("departments", "all")
    current = await departments_of(tx, agent_id)
    await lock_staff(tx, [*current, *more])
    return current


async def insert_department(tx: Tx, department: Doc) -> None:
    await insert(tx, "departments", department, name_key=fold(department["name"]))


async def save_department(tx: Tx, department: Doc) -> None:
    await save(tx, "departments", department, name_key=fold(department["name"]))


async def save_departments(tx: Tx, departments: list[Doc]) -> None:
    """Of units: many in a statement, none of them renamed; the caller read them under the lock."""
    for start in range(0, len(departments), ROWS_AT_ONCE):
        p = Params()
        some = departments[start : start + ROWS_AT_ONCE]
        for department in some:
            department["_updatedAt"] = now()
        values = ", ".join(
            f"({p(each['_id'])}, {p(encode(each))}, {p(fold(each['name']))})" for each in some
        )
        await tx.rows(
            f"INSERT INTO departments (id, doc, name_key) VALUES {values}"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            *p.values,
        )


async def delete_department(tx: Tx, department_id: str) -> None:
    await tx.rows("DELETE FROM departments WHERE id = $1", department_id)


async def rows_of(q: Reader, department_id: str, agent_ids: list[str]) -> dict[str, Doc]:
    """{agent's id: row} of those who work there."""
    p = Params(department_id)
    marks = ", ".join(p(each) for each in agent_ids)
    rows = await q.rows(
        f"SELECT doc FROM department_agents WHERE department_id = $1 AND agent_id IN ({marks})",
        *p.values,
    )
    return {doc["agentId"]: doc for doc in (decode(row[0]) for row in rows)}


async def save_rows(tx: Tx, rows: list[Doc]) -> None:
    """New ones and changed ones, many in a statement; the caller read them under the lock."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        p = Params()
        some = rows[start : start + ROWS_AT_ONCE]
        for row in some:
            row["_updatedAt"] = now()
        values = ", ".join(f"({p(row['_id'])}, {p(encode(row))})" for row in some)
        await tx.rows(
            f"INSERT INTO department_agents (id, doc) VALUES {values}"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            *p.values,
        )


async def enable_rows(tx: Tx, department_id: str, enabled: bool) -> None:
    """Of everybody who works there."""
    rows = await tx.rows(
        "SELECT doc FROM department_agents WHERE department_id = $1", department_id
    )
    await save_rows(tx, [decode(row[0]) | {"departmentEnabled": enabled} for row in rows])


async def delete_rows(tx: Tx, department_id: str, agent_ids: list[str] | None = None) -> list[Doc]:
    """What they were; of everybody, or of these."""
    p = Params(department_id)
    which = ""
    if agent_ids is not None:
        which = f" AND agent_id IN ({', '.join(p(each) for each in agent_ids)})"
    rows = await tx.rows(
        f"DELETE FROM department_agents WHERE department_id = $1{which} RETURNING doc", *p.values
    )
    return [decode(row[0]) for row in rows]


async def count_agents(q: Reader, department_id: str) -> int:
    sql = "SELECT count(*) FROM department_agents WHERE department_id = $1"
    return int(await q.value(sql, department_id))


async def list_agents(
    q: Reader, person: Person, department_id: str, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Rows as stored, and how many there are, of a department that the person may see."""
    p = Params(department_id)
    where = f"department_id = $1 AND {department_seen(person, 'department_id', p)}"
    total = await q.value(f"SELECT count(*) FROM department_agents WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM department_agents WHERE {where}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def agents_of(q: Reader, department_id: str) -> list[Doc]:
    rows = await q.rows(
        "SELECT doc FROM department_agents WHERE department_id = $1 ORDER BY username, id"
        f" LIMIT {MOST}",
        department_id,
    )
    return [decode(row[0]) for row in rows]


async def departments_of(q: Reader, agent_id: str) -> list[str]:
    """Ids of the departments somebody works in, in order."""
    rows = await q.rows("SELECT department_id FROM department_agents WHERE agent_id = $1", agent_id)
    return sorted(row[0] for row in rows)


async def seats_of(q: Reader, agent_id: str, enabled_only: bool) -> list[Doc]:
    """Somebody's rows, each with its department's name, by that name."""
    enabled = " AND d.department_enabled" if enabled_only else ""
    rows = await q.rows(
        "SELECT d.doc, p.name FROM department_agents d JOIN departments p ON p.id = d.department_id"
        f" WHERE d.agent_id = $1{enabled} ORDER BY p.name, p.id LIMIT {MOST}",
        agent_id,
    )
    return [decode(row[0]) | {"departmentName": row[1]} for row in rows]


async def rename_agent(tx: Tx, agent_id: str, username: str) -> None:
    """In every department; the caller holds the routing of each."""
    rows = await tx.rows("SELECT doc FROM department_agents WHERE agent_id = $1", agent_id)
    await save_rows(tx, [decode(row[0]) | {"username": username} for row in rows])
