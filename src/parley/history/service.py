"""visitors.chatHistory (contract/core.md §3), with its known faults mended.

The room in the path opens the door: the caller must be allowed to see it, and it must be the
visitor's own or share their contact. Each listed room passes the same rule.
"""

from typing import NamedTuple

import msgspec

from parley.accounts.identify import Person
from parley.db.tx import Reader
from parley.errors import Refused
from parley.history.cursor import Cursor, from_text, invalid, to_text
from parley.history.schemas import ChatHistory
from parley.history.store import SORTABLE, find_door, page_of_rooms, rooms_after
from parley.web.paging import Page, SortKey, page_of, sort_of

NEWEST_FIRST = [SortKey("ts", True)]


class History(NamedTuple):
    rooms: list[str]
    """Documents as stored."""
    offset: int
    total: int
    next: str | None
    """Cursor of the next page, while there is more; for the order by `ts` only."""


async def chat_history(
    q: Reader, person: Person, room_id: str, visitor_id: str, query: ChatHistory
) -> History:
    """Raises Refused `invalid-room`, `error-not-allowed`, Coded `error-invalid-sort`/`-cursor`."""
    page = page_of(query, person.settings)
    order = sort_of(query, SORTABLE) or NEWEST_FIRST
    cursor = _cursor(query, visitor_id) if query.cursor is not None else None
    door = await find_door(q, person, room_id, visitor_id)
    if door is None:
        raise Refused("invalid-room")
    if not door.visible or not (door.same_visitor or door.same_contact):
        raise Refused("error-not-allowed")
    if cursor is not None:
        rooms = await rooms_after(q, person, cursor, page.limit)
        order, total = [SortKey("ts", cursor.descending)], cursor.total
    else:
        rooms, total = await page_of_rooms(q, person, visitor_id, order, page)
    return _history(rooms, page, order, visitor_id, total)


def _cursor(query: ChatHistory, visitor_id: str) -> Cursor:
    """A cursor carries its own order and place: an offset or another sort contradicts it."""
    cursor = from_text(query.cursor or "", visitor_id)
    sort = sort_of(query, SORTABLE)
    if query.offset is not None or (sort and sort != [SortKey("ts", cursor.descending)]):
        raise invalid()
    return cursor


def _history(
    rooms: list[str], page: Page, order: list[SortKey], visitor_id: str, total: int
) -> History:
    shown = rooms[: page.limit]
    by_time = len(order) == 1 and order[0].key == "ts"
    following = None
    if by_time and len(rooms) > page.limit:
        last = _place(shown[-1])
        place = Cursor(visitor_id, order[0].descending, last.ts, last.id, total)
        following = to_text(place)
    return History(shown, page.offset, total, following)


class _Place(msgspec.Struct, rename={"id": "_id"}):
    id: str
    ts: str


_place = msgspec.json.Decoder(_Place).decode
