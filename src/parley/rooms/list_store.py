"""SQL of the list of rooms: a page is one statement, so all it says is of one moment."""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db.documents import Params, holds, like
from parley.db.tx import Reader
from parley.rooms.listing import Between, Wanted
from parley.rooms.visibility import visible_to
from parley.web.paging import Page, SortKey, order_by

# The engines disagree where NULL sorts.
SORTABLE = {
    "ts": "r.ts",
    "lm": "r.lm",
    "closedAt": "COALESCE(r.closed_at, '')",
    "_updatedAt": "r.updated_at",
    "msgs": "r.msgs",
    "fname": "COALESCE(r.name_key, '')",
    "departmentId": "COALESCE(r.department_id, '')",
    "open": "CASE WHEN r.open THEN 1 ELSE 0 END",
}

_ON_HOLD = "COALESCE(CAST(r.doc -> 'onHold' AS text) = 'true', false)"

# The stored text with one more key before its last brace; parts of JSON are JSON text themselves.
_WITH_DEPARTMENT = (
    "CASE WHEN d.id IS NULL THEN CAST(r.doc AS text)"
    " ELSE substr(CAST(r.doc AS text), 1, length(CAST(r.doc AS text)) - 1)"
    """ || ',"department":{"_id":' || CAST(d.doc -> '_id' AS text)"""
    """ || ',"name":' || CAST(d.doc -> 'name' AS text) || '}}' END"""
)


class Rooms(NamedTuple):
    docs: str | bytes | None
    """Documents as stored, each with its department, with commas between them."""
    shown: int
    total: int


async def list_rooms(
    q: Reader, person: Person, wanted: Wanted, order: list[SortKey], page: Page
) -> Rooms:
    p = Params(page.limit, page.offset)
    where = " AND ".join([visible_to(person, p), *_tests(wanted, p)])
    [row] = await q.rows(
        f"SELECT {q.joined('page.doc')}, count(*),"
        f" (SELECT count(*) FROM rooms r WHERE {where}) FROM"
        f" (SELECT {_WITH_DEPARTMENT} AS doc"
        " FROM rooms r LEFT JOIN departments d ON d.id = r.department_id"
        f" WHERE {where} ORDER BY {order_by(order, SORTABLE, 'r.id')} LIMIT $1 OFFSET $2) page",
        *p.values,
    )
    return Rooms(*row)


def _tests(wanted: Wanted, p: Params) -> list[str]:
    tests = [
        *_among("r.served_by", wanted.agents, p),
        *_among("r.department_id", wanted.departments, p),
        *_between("r.ts", wanted.created, p),
        *_between("r.closed_at", wanted.closed, p),
        *_state(wanted),
    ]
    if wanted.name:
        tests.append(_named(wanted.name, p))
    if wanted.tags:
        any_of = " OR ".join(holds("r.doc -> 'tags'", tag, p) for tag in wanted.tags)
        tests.append(f"({any_of})")
    return tests + [_field(key, value, p) for key, value in wanted.fields]


def _among(column: str, values: tuple[str, ...], p: Params) -> list[str]:
    return [f"{column} IN ({', '.join(p(value) for value in values)})"] if values else []


def _between(column: str, times: Between, p: Params) -> list[str]:
    bounds = [(">=", times.start), ("<=", times.end)]
    return [f"{column} {sign} {p(time)}" for sign, time in bounds if time]


def _state(wanted: Wanted) -> list[str]:
    if wanted.queued:
        return ["r.open", "r.served_by IS NULL", f"NOT {_ON_HOLD}"]
    tests = [_ON_HOLD] if wanted.on_hold else []
    if wanted.open is None:
        return tests
    served = ["r.open", "COALESCE(r.served_by, '') <> ''"] if wanted.open else ["NOT r.open"]
    return [*tests, *served, f"NOT {_ON_HOLD}"]


def _named(name: str, p: Params) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return f"r.doc ->> 'fname' = {p(name[1:-1])}"
    return f"r.name_key LIKE {p(like(name))} ESCAPE '\\'"


def _field(key: str, value: str, p: Params) -> str:
    found = f"lower(r.doc -> 'livechatData' ->> CAST({p(key)} AS text))"
    escaped = value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{found} LIKE {p(f'%{escaped}%')} ESCAPE '\\'"


SOURCES = ("widget", "email", "sms", "app", "api", "other")

_SOURCE = "r.doc -> 'source' ->> 'type'"


async def sources(q: Reader) -> list[str]:
    """Whence conversations have come in, of `SOURCES`: the index is entered once for each kind."""
    rows = await q.rows(
        f"WITH RECURSIVE found(kind) AS (SELECT min({_SOURCE}) FROM rooms r UNION ALL"
        f" SELECT (SELECT min({_SOURCE}) FROM rooms r WHERE {_SOURCE} > found.kind)"
        " FROM found WHERE kind IS NOT NULL) SELECT kind FROM found WHERE kind IS NOT NULL"
    )
    there = {row[0] for row in rows}
    return [name for name in SOURCES if name in there]
