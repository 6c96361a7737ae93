"""What is stored of departments, and what must hold of it whatever was done."""

from parley.db.documents import decode
from tests.office import Json, Office


async def stored(office: Office, table: str) -> list[Json]:
    rows = await office.db.read(lambda q: q.rows(f"SELECT doc FROM {table} ORDER BY id"))
    return [decode(row[0]) for row in rows]


async def events(office: Office, kind: str) -> list[tuple[str, Json]]:
    """(stream, document), oldest first in each stream."""
    sql = "SELECT stream, doc FROM outbox WHERE kind = $1 ORDER BY stream, number"
    rows = await office.db.read(lambda q: q.rows(sql, kind))
    return [(row[0], decode(row[1])) for row in rows]


async def check_departments(office: Office) -> None:
    """`numAgents` counts the rows, each row is of a department and of a person by their own name,
    and no fallback leads nowhere, or to itself."""
    departments = {doc["_id"]: doc for doc in await stored(office, "departments")}
    users = {doc["_id"]: doc for doc in await stored(office, "users")}
    counted = dict.fromkeys(departments, 0)
    for row in await stored(office, "department_agents"):
        counted[row["departmentId"]] += 1
        assert row["username"] == users[row["agentId"]]["username"]
        assert "livechat-agent" in users[row["agentId"]]["roles"]
    for key, doc in departments.items():
        assert doc.get("numAgents", 0) == counted[key]
        assert not (doc.get("archived") and doc["enabled"])
        fallback = doc.get("fallbackForwardDepartment")
        assert fallback != key
        assert not fallback or fallback in departments
