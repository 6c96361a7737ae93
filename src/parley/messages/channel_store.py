"""SQL of a room's messages as persons read them."""

from typing import NamedTuple

from parley.db.documents import Params
from parley.db.tx import Reader
from parley.web.paging import Page


class Slice(NamedTuple):
    """Which messages of a room: from one moment (ISO) to another, both or neither included."""

    oldest: str = ""
    latest: str = ""
    inclusive: bool = False
    threads: bool = True
    hidden_kinds: tuple[str, ...] = ()


async def messages_of(
    q: Reader, room_id: str, wanted: Slice, page: Page, *, newest_first: bool = True
) -> list[str]:
    """Documents as stored."""
    p = Params(room_id)
    way = "DESC" if newest_first else "ASC"
    rows = await q.rows(
        f"SELECT doc FROM messages WHERE {_where(wanted, p)}"
        f" ORDER BY ts {way}, seq {way}, id {way} LIMIT {p(page.limit)} OFFSET {p(page.offset)}",
        *p.values,
    )
    return [row[0] for row in rows]


async def count_messages(q: Reader, room_id: str, wanted: Slice) -> int:
    p = Params(room_id)
    sql = f"SELECT count(*) FROM messages WHERE {_where(wanted, p)}"
    return int(await q.value(sql, *p.values))


def _where(wanted: Slice, p: Params) -> str:
    tests = ["room_id = $1", "NOT hidden"]
    if wanted.hidden_kinds:
        kinds = ", ".join(p(kind) for kind in wanted.hidden_kinds)
        tests.append(f"(kind IS NULL OR kind NOT IN ({kinds}))")
    equal = "=" if wanted.inclusive else ""
    if wanted.oldest:
        tests.append(f"ts >{equal} {p(wanted.oldest)}")
    if wanted.latest:
        tests.append(f"ts <{equal} {p(wanted.latest)}")
    if not wanted.threads:
        shown = "COALESCE(CAST(doc -> 'tshow' AS text) = 'true', false)"
        tests.append(f"(doc ->> 'tmid' IS NULL OR {shown})")
    return " AND ".join(tests)


async def transfers_of(
    q: Reader, room_id: str, page: Page, *, newest_first: bool
) -> tuple[list[str], int]:
    """`transferData` of a room's transfers as stored, and how many there are."""
    way = "DESC" if newest_first else "ASC"
    where = "room_id = $1 AND kind = 'livechat_transfer_history'"
    rows = await q.rows(
        f"SELECT CAST(doc -> 'transferData' AS text) FROM messages WHERE {where}"
        f" ORDER BY ts {way}, seq {way}, id {way} LIMIT $2 OFFSET $3",
        room_id,
        page.limit,
        page.offset,
    )
    total = await q.value(f"SELECT count(*) FROM messages WHERE {where}", room_id)
    return [row[0] for row in rows], total
