"""SQL of canned responses."""

from parley.accounts.identify import Person
from parley.canned_responses.audience import VIEW_AGENT, VIEW_ALL, of_department, own
from parley.canned_responses.schemas import ListResponses
from parley.db.documents import Doc, Params, fold, holds, insert, like, save
from parley.db.tx import Reader, Tx

MOST_USABLE = 5000
"""Of one person; a list without pages."""
BATCH = 100

SORTABLE = {
    "shortcut": "c.shortcut",
    "scope": "c.scope",
    "createdBy": "c.created_by",
    "_createdAt": "c.created_at",
    "_updatedAt": "c.updated_at",
}


def _audiences(person: Person, p: Params) -> str:
    """SQL of those the person is of."""
    mine, me = p(own(person.user_id)), p(person.user_id or "")
    return (
        f"SELECT CAST({mine} AS text) AS audience UNION ALL SELECT 'queue:public'"
        " UNION ALL SELECT 'queue:' || d.department_id FROM department_agents d"
        f" WHERE d.agent_id = {me} AND d.department_enabled"
    )


def _visible(person: Person, p: Params) -> str:
    """SQL predicate of those the person may list: all that they may use, and more by permission."""
    if not person.may(VIEW_ALL):
        return f"c.audience IN ({_audiences(person, p)})"
    if person.may(VIEW_AGENT):
        return "TRUE"
    return f"(c.scope <> 'user' OR c.audience = {p(own(person.user_id))})"


async def usable(q: Reader, person: Person) -> list[str]:
    """Documents as stored, by shortcut."""
    p = Params()
    # CROSS JOIN: SQLite then enters the responses by each audience, and never reads them all.
    rows = await q.rows(
        f"SELECT c.shortcut, c.doc FROM ({_audiences(person, p)}) a"
        f" CROSS JOIN canned_responses c WHERE c.audience = a.audience LIMIT {MOST_USABLE}",
        *p.values,
    )
    return [row[1] for row in sorted(rows, key=lambda row: str(row[0]))]


async def visible_one(q: Reader, person: Person, response_id: str) -> str | None:
    p = Params(response_id)
    sql = f"SELECT c.doc FROM canned_responses c WHERE c.id = $1 AND {_visible(person, p)}"
    doc: str | None = await q.value(sql, *p.values)
    return doc


async def list_responses(
    q: Reader, person: Person, wanted: ListResponses, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, and how many match."""
    p = Params()
    tests = [_visible(person, p)]
    if wanted.scope:
        tests.append(f"c.scope = {p(wanted.scope)}")
    if wanted.departmentId:
        its = p(of_department(wanted.departmentId))
        tests.append(f"c.scope = 'department' AND c.audience = {its}")
    if wanted.createdBy:
        tests.append(f"c.created_by = {p(wanted.createdBy)}")
    if wanted.shortcut:
        tests.append(f"c.shortcut_key LIKE {p(like(wanted.shortcut))} ESCAPE '\\'")
    if wanted.text:
        text = f"LIKE {p(like(wanted.text))} ESCAPE '\\'"
        tests.append(f"(c.shortcut_key {text} OR c.text_key {text})")
    if wanted.tags:
        any_of = " OR ".join(holds("c.doc -> 'tags'", tag, p) for tag in wanted.tags)
        tests.append(f"({any_of})")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM canned_responses c WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT c.doc FROM canned_responses c WHERE {where} ORDER BY {order}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def taken(q: Reader, shortcut: str, but: str) -> bool:
    """Whether another response has the shortcut."""
    sql = "SELECT 1 FROM canned_responses WHERE shortcut = $1 AND id <> $2"
    return await q.value(sql, shortcut, but) is not None


async def count_of(q: Reader, audience: str) -> int:
    return int(await q.value("SELECT count(*) FROM canned_responses WHERE audience = $1", audience))


async def insert_response(tx: Tx, response: Doc, audience: str) -> None:
    await insert(tx, "canned_responses", response, audience=audience, **_keys(response))


async def save_response(tx: Tx, response: Doc, audience: str) -> None:
    await save(tx, "canned_responses", response, audience=audience, **_keys(response))


def _keys(response: Doc) -> dict[str, str]:
    return {"shortcut_key": fold(response["shortcut"]), "text_key": fold(response["text"])}


async def delete_response(tx: Tx, response_id: str) -> None:
    await tx.rows("DELETE FROM canned_responses WHERE id = $1", response_id)


async def delete_some_of(tx: Tx, audience: str) -> list[str]:
    """A batch of them; the ids of those that went."""
    rows = await tx.rows(
        "DELETE FROM canned_responses WHERE id IN (SELECT id FROM canned_responses"
        f" WHERE audience = $1 LIMIT {BATCH}) RETURNING id",
        audience,
    )
    return [row[0] for row in rows]


async def delete_all_of(tx: Tx, audience: str) -> None:
    await tx.rows("DELETE FROM canned_responses WHERE audience = $1", audience)
