"""SQL of business hours, and of whom they are for."""

from parley.db.documents import Doc, Params, decode, encode
from parley.db.tx import Reader, Tx

DEFAULT_ID = "65a1f3c09be27d4c8e5b1a70"
"""In every office; the row is written when somebody changes the default."""

_OPEN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_DAYS = (*_OPEN_DAYS, "Saturday", "Sunday")
_PAGE = 1000

AgentLine = tuple[str, list[str], bool]
"""(id, the business hours that stand open for them, whether a closed office would stop them)"""


async def all_hours(q: Reader) -> list[Doc]:
    """The default one first, then the others by id; a hundred at most."""
    rows = await q.rows("SELECT doc FROM business_hours ORDER BY id")
    stored = {doc["_id"]: doc for doc in (decode(row[0]) for row in rows)}
    default = stored.pop(DEFAULT_ID, None) or await _as_shipped(q)
    return [default, *stored.values()]


async def _as_shipped(q: Reader) -> Doc:
    """From eight to eight on workdays, by the server's clock; as old as the database."""
    at = str(await q.value("SELECT max(at) FROM migrations"))
    shift = {"start": {"time": "08:00"}, "finish": {"time": "20:00"}}
    return {
        "_id": DEFAULT_ID,
        "name": "",
        "active": True,
        "type": "default",
        "ts": at,
        "timezone": {"name": ""},
        "workHours": [{"day": day, "open": day in _OPEN_DAYS, **shift} for day in _DAYS],
        "_updatedAt": at,
    }


async def put_hour(tx: Tx, hour: Doc) -> None:
    await tx.rows(
        "INSERT INTO business_hours (id, doc) VALUES ($1, $2)"
        " ON CONFLICT (id) DO UPDATE SET doc = $2",
        hour["_id"],
        encode(hour),
    )


async def delete_hour(tx: Tx, hour_id: str) -> bool:
    sql = "DELETE FROM business_hours WHERE id = $1 RETURNING id"
    return await tx.value(sql, hour_id) is not None


async def departments_by_hour(q: Reader) -> dict[str, list[str]]:
    """{business hour: departments that keep it}, whatever state those are in."""
    rows = await q.rows(
        "SELECT doc ->> 'businessHourId', id FROM departments"
        " WHERE doc ->> 'businessHourId' IS NOT NULL ORDER BY name, id"
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1])
    return found


async def hours_by_agent(q: Reader, agent_ids: list[str] | None) -> dict[str, set[str]]:
    """{agent: business hours of the enabled departments they work in}; None for everybody's."""
    p = Params()
    mine = "TRUE"
    if agent_ids is not None:
        mine = f"d.agent_id IN ({', '.join(p(each) for each in agent_ids)})"
    rows = await q.rows(
        "SELECT d.agent_id, p.doc ->> 'businessHourId' FROM department_agents d"
        " JOIN departments p ON p.id = d.department_id AND p.enabled AND NOT p.archived"
        f" WHERE {mine} AND p.doc ->> 'businessHourId' IS NOT NULL",
        *p.values,
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(row[1])
    return found


async def agent_lines(q: Reader) -> list[AgentLine]:
    """Every agent; whether they are available and have to follow the hours."""
    found: list[AgentLine] = []
    while True:
        rows = await q.rows(
            "SELECT id, CAST(doc -> 'openBusinessHours' AS text),"
            " active AND NOT is_bot AND COALESCE(status_livechat, '') = 'available'"
            " FROM users WHERE is_agent AND id > $1 ORDER BY id LIMIT $2",
            found[-1][0] if found else "",
            _PAGE,
        )
        found += [(row[0], _list(row[1]), bool(row[2])) for row in rows]
        if len(rows) < _PAGE:
            return found


def _list(text: str | None) -> list[str]:
    return list(decode(f'{{"ids":{text or "[]"}}}')["ids"] or [])


async def agents_by_id(q: Reader, agent_ids: list[str]) -> list[Doc]:
    p = Params()
    marks = ", ".join(p(each) for each in agent_ids)
    rows = await q.rows(
        f"SELECT doc FROM users WHERE is_agent AND id IN ({marks}) ORDER BY id", *p.values
    )
    return [decode(row[0]) for row in rows]
