"""visitors.chatHistory (contract/core.md §3), with its known faults mended.

The room in the path opens the door: the caller must be allowed to see it, and it must be the
visitor's own or share their contact. Each listed room passes the same rule.
"""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db import Database
from parley.errors import Refused
from parley.history.cursor import Cursor, from_text, invalid, to_text
from parley.history.schemas import ChatHistory
from parley.history.store import QUICKLY_COUNTED, SORTABLE, Rooms, page_of_rooms, rooms_from
from parley.web.paging import Page, SortKey, page_of, sort_of

NEWEST_FIRST = [SortKey("ts", True)]


class History(NamedTuple):
    rooms: str | bytes
    """Documents as stored, with commas between them."""
    shown: int
    offset: int
    total: int
    next: str | None
    """Cursor of the next page, while there is more; for the order by `ts` only."""


async def chat_history(
    db: Database, person: Person, room_id: str, visitor_id: str, query: ChatHistory
) -> History:
    """Raises Refused `invalid-room`, `error-not-allowed`, Coded `error-invalid-sort`/`-cursor`."""
    page = page_of(query, person.settings)
    order = sort_of(query, SORTABLE) or NEWEST_FIRST
    cursor = _cursor(query, visitor_id) if query.cursor is not None else None
    if cursor is not None:
        order = [SortKey("ts", cursor.descending)]
        rooms = await db.read(rooms_from, person, room_id, cursor, page.limit)
    else:
        rooms = await _page(db, person, room_id, visitor_id, order, page)
    let_in(rooms.opens)
    following = None
    if rooms.following is not None:
        ts, _, first = rooms.following.partition(" ")
        following = to_text(Cursor(visitor_id, order[0].descending, ts, first, rooms.total))
    return History(rooms.docs or b"", rooms.shown, page.offset, rooms.total, following)


def let_in(opens: bool | None) -> None:
    """Raises Refused as the room in the path says; None: there is no such room."""
    if opens is None:
        raise Refused("invalid-room")
    if not opens:
        raise Refused("error-not-allowed")


async def _page(
    db: Database, person: Person, room_id: str, visitor_id: str, order: list[SortKey], page: Page
) -> Rooms:
    """At once where it is a matter of microseconds; beside the others' requests where it is not.

    Another order than time reads every document of the visitor; a long past is counted, and a
    large offset walked, for milliseconds.
    """
    what = (person, room_id, visitor_id, order, page)
    if order[0].key == "ts" and page.offset <= QUICKLY_COUNTED:
        rooms = await db.read(page_of_rooms, *what)
        if rooms.total <= QUICKLY_COUNTED:
            return rooms
    return await db.scan(page_of_rooms, *what, count_all=True)


def _cursor(query: ChatHistory, visitor_id: str) -> Cursor:
    """A cursor carries its own order and place: an offset or another sort contradicts it."""
    cursor = from_text(query.cursor or "", visitor_id)
    sort = sort_of(query, SORTABLE)
    if query.offset is not None or (sort and sort != [SortKey("ts", cursor.descending)]):
        raise invalid()
    return cursor
