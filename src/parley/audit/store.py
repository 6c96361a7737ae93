"""SQL of the audit log."""

from typing import NamedTuple

from parley.db.documents import Params
from parley.db.tx import Reader


class Wanted(NamedTuple):
    """Filters; an empty one is not asked for. Times are ISO, `end` excluded."""

    actor: str = ""
    target: str = ""
    kind: str = ""
    start: str = ""
    end: str = ""


async def list_entries(
    q: Reader, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, and how many match."""
    p = Params()
    tests = ["TRUE"]
    for column, value in (
        ("actor_id =", wanted.actor),
        ("target_id =", wanted.target),
        ("kind =", wanted.kind),
        ("ts >=", wanted.start),
        ("ts <", wanted.end),
    ):
        if value:
            tests.append(f"{column} {p(value)}")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM audit WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM audit WHERE {where} ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total
