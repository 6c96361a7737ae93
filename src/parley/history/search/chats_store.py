"""SQL of searchChats: a page is one statement, as the history's is, with what was said in it.

By a second statement a message could be another by then, and be shown for words it no longer holds.
"""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db.documents import Doc, Params, decode
from parley.db.fulltext import Unit, fulltext, more_than_newest, newest_of_visitor
from parley.db.tx import Reader
from parley.history.store import SORTABLE, opens
from parley.messages.indexing import UNINDEXED
from parley.rooms.visibility import visible_to
from parley.web.paging import Page, SortKey, order_by


class Wanted(NamedTuple):
    person: Person
    door: str
    """The room that is named in the path."""
    visitor_id: str
    closed: bool
    served: bool
    source: str
    units: tuple[Unit, ...] | None
    """None: whatever is said in it. Without a unit nothing is found."""
    order: list[SortKey]
    page: Page


class Chats(NamedTuple):
    opens: bool | None
    """Whether the door does; None where there is none."""
    total: int
    parts: bool
    """What was found holds the units as parts of its words."""
    complete: bool
    """Nothing that could be searched was left out."""
    found: list[tuple[Doc, Doc | None]]
    """Rooms, each with its newest message that matches."""


async def page_of_chats(q: Reader, wanted: Wanted) -> Chats:
    """Words over all time; parts of words where no chat holds them, in the newest messages."""
    chats = await _chats(q, wanted, parts=False)
    divisible = any(unit.divisible for unit in wanted.units or ())
    if chats.opens and not chats.total and divisible:
        chats = await _chats(q, wanted, parts=True)
    return chats


async def _chats(q: Reader, wanted: Wanted, *, parts: bool) -> Chats:
    p = Params(wanted.door, wanted.visitor_id)
    visible = visible_to(wanted.person, p)
    tests, hits, stopped = [f"r.visitor_id = $2 AND {visible}", *_filters(p, wanted)], "", "false"
    if wanted.units:
        found = newest_of_visitor if parts else fulltext(q).of_visitor
        hits = _hits(found(p, wanted.units, wanted.visitor_id))
        stopped = more_than_newest(p, wanted.visitor_id) if parts else "false"
        # Not by the rooms' key: each document would be opened to see whose room it is.
        tests.append("(r.id || '') IN (SELECT h.room_id FROM hits h)")
    elif wanted.units is not None:
        tests.append("false")
    limit = f"LIMIT {p(wanted.page.limit)} OFFSET {p(wanted.page.offset)}"
    door = f"{opens(visible)} AS opens, {stopped} AS stopped"
    sql = _page(hits, door, " AND ".join(tests), wanted.order, limit)
    rows = await q.rows(sql, *p.values)
    door_opens, stopped_there, unindexed, total = rows[0][:4]
    return Chats(
        None if door_opens is None else bool(door_opens),
        total,
        parts,
        not (wanted.units and (stopped_there or unindexed)),
        [(decode(row[4]), row[5] and decode(row[5])) for row in rows if row[4] is not None],
    )


def _hits(found: str) -> str:
    return (
        "hits AS MATERIALIZED"
        f" (SELECT w.room_id AS room_id, max(w.n) AS n FROM {found} GROUP BY w.room_id), "
    )


def _page(hits: str, door: str, mine: str, order: list[SortKey], limit: str) -> str:
    keys = ", ".join(f"{SORTABLE[key]} AS s{n}" for n, (key, _) in enumerate(order))
    places = {key: f"c.s{n}" for n, (key, _) in enumerate(order)}
    chats = "SELECT page.*, NULL AS said FROM page"
    if hits:
        chats = (
            f"SELECT page.*, {_SAID} AS said FROM hits h CROSS JOIN page WHERE page.id = h.room_id"
        )
    return (
        f"WITH {hits}page AS MATERIALIZED (SELECT r.id, r.doc, {keys} FROM rooms r WHERE {mine}"
        f" ORDER BY {order_by(order, SORTABLE, 'r.id')} {limit})"
        " SELECT t.opens, t.stopped, t.unindexed, t.total, c.doc, c.said"
        f" FROM (SELECT {door}, {UNINDEXED} AS unindexed,"
        f" (SELECT count(*) FROM rooms r WHERE {mine}) AS total) t"
        f" LEFT JOIN ({chats}) c ON true ORDER BY {order_by(order, places, 'c.id')}"
    )


_SAID = "(SELECT m.doc FROM message_words w JOIN messages m ON m.id = w.message_id WHERE w.n = h.n)"


def _filters(p: Params, wanted: Wanted) -> list[str]:
    tests = []
    if wanted.closed:
        tests.append("NOT r.open")
    if wanted.served:
        tests.append("r.served_by IS NOT NULL")
    if wanted.source:
        escaped = wanted.source.lower()
        for sign in "\\%_":
            escaped = escaped.replace(sign, f"\\{sign}")
        like = f"LIKE {p(f'%{escaped}%')} ESCAPE '\\'"
        named = [f"lower(r.doc -> 'source' ->> '{key}') {like}" for key in ("type", "alias")]
        tests.append(f"({' OR '.join(named)})")
    return tests
