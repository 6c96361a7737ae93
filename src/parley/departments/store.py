"""SQL of departments and of who works in them."""

from typing import NamedTuple

from parley.db.documents import Doc, Params, decode, fold, insert, like, save
from parley.db.tx import Reader, Tx
from parley.ids import object_id


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


async def list_departments(
    q: Reader, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, and how many match."""
    p = Params()
    tests = ["TRUE" if wanted.archived else "NOT archived"]
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


async def departments_with_agents(q: Reader) -> list[Doc]:
    """What visitors can choose from, by name; the first thousand."""
    rows = await q.rows(
        "SELECT doc FROM departments p WHERE p.enabled AND NOT p.archived AND EXISTS"
        " (SELECT 1 FROM department_agents d WHERE d.department_id = p.id)"
        " ORDER BY p.name, p.id LIMIT 1000"
    )
    return [decode(row[0]) for row in rows]


async def insert_department(tx: Tx, department: Doc) -> None:
    await insert(tx, "departments", department, name_key=fold(department["name"]))


async def add_agent(tx: Tx, department: Doc, user: Doc, count: int, order: int) -> Doc | None:
    """The new row; None when the user works there already."""
    row: Doc = {
        "_id": object_id(),
        "departmentId": department["_id"],
        "agentId": user["_id"],
        "username": user["username"],
        "count": count,
        "order": order,
        "departmentEnabled": department["enabled"],
    }
    return row if await insert(tx, "department_agents", row) else None


async def agents_of(q: Reader, department_id: str) -> list[Doc]:
    rows = await q.rows(
        "SELECT doc FROM department_agents WHERE department_id = $1 ORDER BY username LIMIT 1000",
        department_id,
    )
    return [decode(row[0]) for row in rows]


async def departments_of(q: Reader, agent_id: str) -> list[str]:
    """Ids of the departments somebody works in, in order."""
    rows = await q.rows("SELECT department_id FROM department_agents WHERE agent_id = $1", agent_id)
    return sorted(row[0] for row in rows)


async def rename_agent(tx: Tx, agent_id: str, username: str) -> None:
    """In every department; the caller holds the routing of each."""
    rows = await tx.rows("SELECT doc FROM department_agents WHERE agent_id = $1", agent_id)
    for row in rows:
        await save(tx, "department_agents", decode(row[0]) | {"username": username})


async def delete_agent(tx: Tx, agent_id: str) -> list[str]:
    """Ids of the departments they worked in."""
    rows = await tx.rows(
        "DELETE FROM department_agents WHERE agent_id = $1 RETURNING department_id", agent_id
    )
    return sorted(row[0] for row in rows)
