"""SQL of a visitor's history: a page is one statement, so all it says is of one moment.

It gives one row: whether the door opens, the documents joined, how many they are, the place where
the next page begins, and the total.
"""

from functools import lru_cache
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


QUICKLY_COUNTED = 5000
"""Rooms that are counted in less than a millisecond."""


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
    q: Reader,
    person: Person,
    door: str,
    visitor_id: str,
    order: list[SortKey],
    page: Page,
    *,
    count_all: bool = False,
) -> Rooms:
    """Unless `count_all`, a total over QUICKLY_COUNTED is not counted to its end."""
    p = Params(door, visitor_id, page.limit, page.offset)
    visible = visible_to(person, p)
    counted = "count_all" if count_all else "bounded"
    [row] = await q.rows(_page(visible, q.joined("page.doc"), tuple(order), counted), *p.values)
    return Rooms(*row)


async def rooms_from(q: Reader, person: Person, door: str, cursor: Cursor, count: int) -> Rooms:
    """Rooms from the cursor's place on; the index is entered at that place."""
    p = Params(door, cursor.visitor_id, count, 0, cursor.ts, cursor.id, cursor.total)
    visible = visible_to(person, p)
    order = (SortKey("ts", cursor.descending),)
    [row] = await q.rows(_page(visible, q.joined("page.doc"), order, "cursor"), *p.values)
    return Rooms(*row)


@lru_cache(maxsize=256)
def _page(visible: str, joined: str, order: tuple[SortKey, ...], total: str) -> str:
    """SQL of a page: $1 the door, $2 the visitor, $3 limit, $4 offset; the cursor's $5 to $7.

    `total` says whence it comes: `bounded`, `count_all` or the `cursor`.
    """
    mine = f"r.visitor_id = $2 AND {visible}"
    bound = "" if total == "count_all" else f" LIMIT {QUICKLY_COUNTED + 1}"
    count = f"(SELECT count(*) FROM (SELECT 1 FROM rooms r WHERE {mine}{bound}) counted)"
    if total == "cursor":
        mine += f" AND (r.ts, r.id) {'<=' if order[0].descending else '>='} ($5, $6)"
        count = "CAST($7 AS bigint)"
    ordered = f"FROM rooms r WHERE {mine} ORDER BY {order_by(order, SORTABLE, 'r.id')}"
    following = "NULL"
    if len(order) == 1 and order[0].key == "ts":
        end = "CAST($3 AS bigint) + CAST($4 AS bigint)"
        following = f"(SELECT r.ts || ' ' || r.id {ordered} LIMIT 1 OFFSET {end})"
    return (
        f"SELECT {opens(visible)}, {joined}, count(*), {following}, {count}"
        f" FROM (SELECT r.doc {ordered} LIMIT $3 OFFSET $4) page"
    )


def opens(visible: str) -> str:
    """SQL: whether the room $1 is a door to the history of the visitor $2; NULL without a room."""
    return (
        f"(SELECT CASE WHEN {visible} AND (r.visitor_id = $2 OR"
        # Not by the room's own contactId: visitors move when contacts are merged, rooms do not.
        " (SELECT d.contact_id FROM visitors d WHERE d.id = r.visitor_id) ="
        " (SELECT v.contact_id FROM visitors v WHERE v.id = $2)) THEN true ELSE false END"
        " FROM rooms r WHERE r.id = $1)"
    )
