"""SQL of a visitor's history: a page is one statement, so all it says is of one moment.

It gives one row: whether the door opens, the documents joined, how many they are, the place where
the next page begins, and the total.
"""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db.documents import Params
from parley.db.tx import Reader
from parley.history.cursor import Cursor
from parley.rooms.visibility import visible_to
from parley.web.paging import Page, SortKey, order_by

# A room that is open has no closedAt; the engines disagree where NULL sorts.
SORTABLE = {
    "ts": "r.ts",
    "lm": "r.lm",
    "closedAt": "COALESCE(r.closed_at, '')",
    "_updatedAt": "r.updated_at",
    "msgs": "r.msgs",
}


class Rooms(NamedTuple):
    opens: bool | None
    """Whether the door does: the room that is named in the path. None where there is none."""
    docs: str | bytes | None
    """Documents as stored, with commas between them."""
    shown: int
    following: str | None
    """Where the next page begins: `ts` and `id` of its first room; in the order by `ts` only."""
    total: int


async def page_of_rooms(
    q: Reader, person: Person, door: str, visitor_id: str, order: list[SortKey], page: Page
) -> Rooms:
    p = Params(door, visitor_id)
    visible = visible_to(person, p)
    mine = f"r.visitor_id = $2 AND {visible}"
    total = f"(SELECT count(*) FROM rooms r WHERE {mine})"
    return await _page(q, p, visible, mine, order, page, total)


async def rooms_from(q: Reader, person: Person, door: str, cursor: Cursor, count: int) -> Rooms:
    """Rooms from the cursor's place on; the index is entered at that place."""
    p = Params(door, cursor.visitor_id, cursor.ts, cursor.id)
    visible = visible_to(person, p)
    way = "<=" if cursor.descending else ">="
    mine = f"r.visitor_id = $2 AND (r.ts, r.id) {way} ($3, $4) AND {visible}"
    order = [SortKey("ts", cursor.descending)]
    total = f"CAST({p(cursor.total)} AS bigint)"
    return await _page(q, p, visible, mine, order, Page(count, 0), total)


async def _page(
    q: Reader, p: Params, visible: str, mine: str, order: list[SortKey], page: Page, total: str
) -> Rooms:
    opens = (
        f"(SELECT CASE WHEN {visible} AND (r.visitor_id = $2 OR r.contact_id ="
        " (SELECT v.contact_id FROM visitors v WHERE v.id = $2)) THEN true ELSE false END"
        " FROM rooms r WHERE r.id = $1)"
    )
    ordered = f"FROM rooms r WHERE {mine} ORDER BY {order_by(order, SORTABLE, 'r.id')}"
    following = "NULL"
    if len(order) == 1 and order[0].key == "ts":
        end = p(page.offset + page.limit)
        following = f"(SELECT r.ts || ' ' || r.id {ordered} LIMIT 1 OFFSET {end})"
    [row] = await q.rows(
        f"SELECT {opens}, {q.joined('page.doc')}, count(*), {following}, {total}"
        f" FROM (SELECT r.doc {ordered} LIMIT {p(page.limit)} OFFSET {p(page.offset)}) page",
        *p.values,
    )
    return Rooms(*row)
