"""SQL of a visitor's history: three statements a page, the caller's identity included."""

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


class Door(NamedTuple):
    """The room that is named in the path, as the caller stands before it."""

    visible: bool
    same_visitor: bool
    same_contact: bool


async def find_door(q: Reader, person: Person, room_id: str, visitor_id: str) -> Door | None:
    p = Params(room_id, visitor_id)
    row = await q.row(
        f"SELECT {visible_to(person, p)}, r.visitor_id = $2, r.contact_id ="
        " (SELECT v.contact_id FROM visitors v WHERE v.id = $2)"
        " FROM rooms r WHERE r.id = $1",
        *p.values,
    )
    return None if row is None else Door(*map(bool, row))


async def page_of_rooms(
    q: Reader, person: Person, visitor_id: str, order: list[SortKey], page: Page
) -> tuple[list[str], int]:
    """(documents as stored, total), from one statement and so from one moment.

    One document more than the page has, where there are more.
    """
    p = Params(visitor_id)
    mine = f"r.visitor_id = $1 AND {visible_to(person, p)}"
    counted = f"SELECT count(*) FROM rooms r WHERE {mine}"
    rows = await q.rows(
        f"SELECT r.doc, ({counted}) FROM rooms r WHERE {mine}"
        f" ORDER BY {order_by(order, SORTABLE, 'r.id')}"
        f" LIMIT {p(page.limit + 1)} OFFSET {p(page.offset)}",
        *p.values,
    )
    if rows:
        return [row[0] for row in rows], rows[0][1]
    # Past the end there is no row to carry the total.
    total = await q.value(counted, *p.values[:-2]) if page.offset else 0
    return [], total


async def rooms_after(q: Reader, person: Person, cursor: Cursor, count: int) -> list[str]:
    """Documents behind the cursor's place; the index is entered at that place."""
    p = Params(cursor.visitor_id, cursor.ts, cursor.id)
    way = "<" if cursor.descending else ">"
    order = order_by([SortKey("ts", cursor.descending)], SORTABLE, "r.id")
    rows = await q.rows(
        f"SELECT r.doc FROM rooms r WHERE r.visitor_id = $1 AND (r.ts, r.id) {way} ($2, $3)"
        f" AND {visible_to(person, p)} ORDER BY {order} LIMIT {p(count + 1)}",
        *p.values,
    )
    return [row[0] for row in rows]
