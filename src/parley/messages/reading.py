"""Reading messages: one, what was said in a room, and what changed in it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.clock import iso, parse
from parley.db import Reader
from parley.db.documents import Doc
from parley.errors import Coded, Failed, Refused
from parley.messages import store
from parley.messages.schemas import RoomMessages, SyncMessages
from parley.messages.uploads.names import link_to
from parley.rooms.service import own_room
from parley.rooms.visibility import may_see
from parley.visitors.store import Visitor
from parley.web.paging import INFINITE, Page, page_of, sort_of


async def own_history(
    q: Reader,
    token: str,
    room_id: str,
    hidden_kinds: list[str],
    before: str | None,
    limit: int,
    offset: int,
) -> tuple[Visitor, list[str]]:
    """The visitor, and documents of their room's messages as stored, newest first.

    Raises Refused `invalid-token` or `invalid-room`; a closed room is read as an open one.
    """
    visitor, room = await own_room(q, token, room_id)
    docs = await store.history(q, room["_id"], hidden_kinds, before, limit, offset)
    return visitor, docs


async def own_message(q: Reader, token: str, room_id: str, message_id: str) -> tuple[Visitor, Doc]:
    """With `fileUpload` for a message that has a file.

    Raises Refused `invalid-token`, `invalid-room` or `invalid-message`.
    """
    visitor, room = await own_room(q, token, room_id)
    message = await store.find_message(q, message_id)
    if message is None or message["rid"] != room["_id"] or message.get("_hidden"):
        raise Refused("invalid-message")
    if file := message.get("file"):
        link = link_to(file["_id"], file["name"])
        shown = {"publicFilePath": link, "type": file["type"], "size": file["size"]}
        message["fileUpload"] = shown
    return visitor, message


async def message_for(q: Reader, person: Person, message_id: str) -> Doc:
    """Raises Failed for none, and for one that the person may not see."""
    message = await store.find_message(q, message_id)
    if message is None or message.get("_hidden") or not await may_see(q, person, message["rid"]):
        raise Failed
    return message


async def conversation(
    q: Reader, person: Person, room_id: str, query: RoomMessages
) -> tuple[list[str], int, Page]:
    """(documents as stored, total, the page asked for). Raises Refused or Coded."""
    page = page_of(query, person.settings)
    keys = sort_of(query, {"ts"})
    order = store.OLDEST_FIRST if keys and not keys[0].descending else store.NEWEST_FIRST
    visible = await may_see(q, person, room_id)
    if visible is None:
        raise Refused("invalid-room")
    if not visible:
        raise Refused("not-allowed")
    docs, total = await store.conversation(
        q, room_id, query.searchTerm or "", order, page.limit, page.offset
    )
    return docs, total, page


class Synced(NamedTuple):
    updated: list[str]
    """Documents as stored."""
    deleted: list[Doc]
    cursor: Mapping[str, Any] | None


NOTHING = store.Changes([], None)


async def sync(q: Reader, person: Person, query: SyncMessages) -> Synced:
    """What changed in a room since a date, or the page after or before one. Raises Coded."""
    if not query.roomId:
        raise _missing("roomId")
    if query.lastUpdate is None and query.next is None and query.previous is None:
        raise _missing("lastUpdate")
    limit = _limit(query, person)
    if not await may_see(q, person, query.roomId):
        raise Coded("error-not-allowed", "Not allowed")
    if query.lastUpdate is not None:
        return await _since(q, query.roomId, _date(query.lastUpdate), limit)
    return await _page(q, query, limit)


def _missing(name: str) -> Coded:
    text = f'The required "{name}" query param is missing.'
    return Coded(f"error-{name}-param-not-provided", text)


def _limit(query: SyncMessages, person: Person) -> int:
    """Without a `count`, as much as any list gives: who syncs wants it all."""
    if query.count is None:
        return INFINITE
    return max(1, page_of(query, person.settings).limit)


def _date(text: str) -> str:
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        text = 'The "lastUpdate" query parameter must be a valid date.'
        raise Coded("error-roomId-param-invalid", text) from None


async def _since(q: Reader, room_id: str, since: str, limit: int) -> Synced:
    updated = await store.changes(q, store.UPDATED, room_id, since, limit, back=False)
    deleted = await store.changes(q, store.DELETED, room_id, since, limit, back=False)
    ends = [changes.last for changes in (updated, deleted) if changes.last is not None]
    # Whoever goes on from the earlier of the two ends sees some changes twice, and misses none.
    cursor = {"next": _ms(min(ends)), "previous": None} if ends else None
    return Synced(*_shown(updated, deleted), cursor)


async def _page(q: Reader, query: SyncMessages, limit: int) -> Synced:
    if query.type is None:
        raise Coded("error-type-param-not-provided", "The type of changes is missing.")
    if query.next is not None and query.previous is not None:
        raise Coded("error-cursor-conflict", "Either next or previous may be given, not both.")
    back = query.next is None
    at = query.previous if back else query.next
    since = iso(datetime.fromtimestamp((at or 0) / 1000, UTC))
    what = store.UPDATED if query.type == "UPDATED" else store.DELETED
    found = await store.changes(q, what, query.roomId or "", since, limit, back=back)
    first = found.rows[0][1] if found.rows else None
    ends = (
        {"next": first, "previous": found.last} if back else {"next": found.last, "previous": first}
    )
    both = (found, NOTHING) if what is store.UPDATED else (NOTHING, found)
    return Synced(*_shown(*both), {key: end and _ms(end) for key, end in ends.items()})


def _shown(updated: store.Changes, deleted: store.Changes) -> tuple[list[str], list[Doc]]:
    gone = [{"_id": row[0], "_deletedAt": row[1]} for row in deleted.rows]
    return [row[0] for row in updated.rows], gone


def _ms(at: str) -> str:
    return str(round(parse(at).timestamp() * 1000))
