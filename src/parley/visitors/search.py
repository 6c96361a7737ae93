"""Finding visitors by what they are called (contract/core.md §4).

The beginning of a name, a whole address and a whole number are looked up, however many visitors
there are. A part of a name, or of a searchable custom field, is looked for among the newest.
"""

from typing import NamedTuple

from parley.db.documents import Doc, Params, decode, fold, like
from parley.db.tx import Reader

NEWEST = 10_000
"""Visitors whose texts are gone through."""
MOST_BY_BEGINNING = 1_000
SUGGESTED = 10

SORTABLE = {
    "ts": "v.ts",
    "name": "COALESCE(v.name_key, '')",
    "username": "COALESCE(v.username_key, '')",
    "_id": "v.id",
}

_LAST = "\U0010ffff"
_SHOWN = ("_id", "username", "name", "phone", "livechatData", "visitorEmails", "lastChat")


class Found(NamedTuple):
    visitors: list[Doc]
    total: int
    partial: bool
    """There may be more: not all visitors were gone through."""


async def search_visitors(q: Reader, term: str, order: str, limit: int, offset: int) -> Found:
    """Everybody for an empty term. `order` is SQL after ORDER BY, of columns of `v`."""
    p, term = Params(), term.strip()
    found = _found(term, p) if term else ""
    among = " AND v.id IN (SELECT id FROM found)" if term else ""
    many = f"SELECT 1 FROM visitors WHERE NOT disabled LIMIT {NEWEST + 1}"
    more = f"(SELECT count(*) FROM ({many}) many) > {NEWEST}" if term else "1 = 0"
    counted = await q.row(
        f"{found}SELECT count(*), {more} FROM visitors v WHERE NOT v.disabled{among}", *p.values
    )
    rows = await q.rows(
        f"{found}SELECT v.doc FROM visitors v WHERE NOT v.disabled{among}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    docs = [decode(row[0]) for row in rows]
    total, partial = (counted[0], bool(counted[1])) if counted else (0, False)
    return Found([{key: doc[key] for key in _SHOWN if key in doc} for doc in docs], total, partial)


def _found(term: str, p: Params) -> str:
    """A table of ids. Each part is bounded, and each but the last has its index."""
    folded = fold(term)
    start, end, part = p(folded), p(folded + _LAST), p(like(term))
    parts = [
        f"SELECT id FROM visitors WHERE email = {p(term.lower())}",
        f"SELECT id FROM visitors WHERE phone = {p(term)}",
    ]
    for key in ("name_key", "username_key"):
        parts.append(
            f"SELECT id FROM (SELECT id FROM visitors WHERE NOT disabled AND {key} >= {start}"
            f" AND {key} < {end} ORDER BY {key}, id LIMIT {MOST_BY_BEGINNING}) {key}"
        )
    parts.append(
        "SELECT id FROM (SELECT id, search_key FROM visitors WHERE NOT disabled"
        f" ORDER BY ts DESC, id DESC LIMIT {NEWEST}) newest"
        f" WHERE search_key LIKE {part} ESCAPE '\\'"
    )
    return f"WITH found AS ({' UNION '.join(parts)}) "


async def suggest_visitors(q: Reader, term: str, without: list[str]) -> list[Doc]:
    """Those whose name begins so, by name; at most ten, and none of the ids in `without`."""
    p = Params(fold(term), fold(term) + _LAST)
    tests = ["NOT disabled", "name_key >= $1", "name_key < $2"]
    if without:
        tests.append(f"id NOT IN ({', '.join(p(each) for each in without)})")
    rows = await q.rows(
        f"SELECT doc FROM visitors WHERE {' AND '.join(tests)}"
        f" ORDER BY name_key, id LIMIT {SUGGESTED}",
        *p.values,
    )
    return [decode(row[0]) for row in rows]
