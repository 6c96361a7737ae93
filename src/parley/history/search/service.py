"""Both searches: by words over all time, by who may see what (contract/core.md §4, searchChats).

What is found is a part of the history: the same door, the same rule for each room.
"""

import base64
import binascii
from typing import Any, NamedTuple

import msgspec

from parley.accounts.identify import Person
from parley.clock import parse
from parley.db import Database
from parley.db.documents import Doc
from parley.db.fulltext import Scope
from parley.errors import Coded
from parley.history.cursor import invalid
from parley.history.search import chats_store, messages_store
from parley.history.search.schemas import SearchChats, SearchMessages
from parley.history.search.snippet import snippet
from parley.history.search.units import units_of
from parley.history.service import NEWEST_FIRST, let_in
from parley.history.store import SORTABLE
from parley.messages.index import moment
from parley.web.paging import Paged, page_of, sort_of

_SHOWN = (
    *("_id", "fname", "ts", "v", "msgs", "servedBy", "closedAt", "closedBy", "closer", "tags"),
    "closingMessage",
)
_SHOWN_BESIDE = ("_id", "fname", "ts", "departmentId", "servedBy", "closedAt", "tags")


async def search_chats(
    db: Database, person: Person, room_id: str, visitor_id: str, query: SearchChats
) -> Doc:
    """Raises Refused `invalid-room`, `error-not-allowed`, Coded `error-invalid-sort`,
    `error-search-too-long`.
    """
    page, text = page_of(query, person.settings), (query.searchText or "").strip()
    wanted = chats_store.Wanted(
        person,
        room_id,
        visitor_id,
        query.closedChatsOnly == "true",
        query.servedChatsOnly == "true",
        query.source or "",
        units_of(text) if text else None,
        sort_of(query, SORTABLE) or NEWEST_FIRST,
        page,
    )
    chats = await db.scan(chats_store.page_of_chats, wanted)
    let_in(chats.opens)
    history = [_shown(room, _SHOWN) for room, _ in chats.found]
    answer = {"history": history, "count": len(history), "offset": page.offset}
    answer["total"] = chats.total
    if wanted.units is not None:
        for room, (_, said) in zip(history, chats.found, strict=True):
            if said is not None:
                room["snippet"] = snippet(said, wanted.units, chats.parts)
        answer["search"] = _search(chats.parts, chats.complete)
    return answer


async def search_messages(db: Database, person: Person, query: SearchMessages) -> Doc:
    """Raises Coded `error-invalid-cursor`, `error-invalid-date`, `error-search-too-long`."""
    text = (query.text or "").strip()
    units = units_of(text)
    place = _from_text(query.cursor) if query.cursor is not None else None
    wanted = messages_store.Wanted(
        person,
        units,
        _scope(query, place),
        query.departmentId or "",
        query.agentId or "",
        query.tag or "",
        page_of(Paged(query.count), person.settings).limit,
        place.parts if place else None,
    )
    if text and not units:
        messages = messages_store.Messages([], None, False, True)
    else:
        messages = await db.scan(messages_store.page_of_messages, wanted)
    found = [
        {"message": said, "room": _beside(room)}
        | ({"snippet": snippet(said, units, messages.parts)} if units else {})
        for said, room in messages.found
    ]
    answer: Doc = {"messages": found, "count": len(found)}
    answer["search"] = _search(messages.parts, messages.complete)
    if messages.rest is not None:
        answer["cursor"] = {"next": _to_text(Place(messages.rest, messages.parts))}
    return answer


def _shown(room: Doc, keys: tuple[str, ...]) -> Doc:
    return {key: room[key] for key in keys if key in room}


def _beside(room: Doc) -> Doc:
    return _shown(room, _SHOWN_BESIDE) | {"visitorId": room["v"]["_id"]}


def _search(parts: bool, complete: bool) -> Doc:
    return {"by": "parts" if parts else "words", "complete": complete}


def _scope(query: SearchMessages, place: "Place | None") -> Scope:
    scope = Scope(query.visitorId or "", query.roomId or "")
    if query.start:
        scope = scope._replace(least=_moment(query.start))
    if query.end:
        scope = scope._replace(below=_moment(query.end))
    if place is not None:
        scope = scope._replace(below=min(scope.below, place.below))
    return scope


def _moment(text: str) -> int:
    try:
        parse(text)
    except (ValueError, OverflowError):
        raise Coded("error-invalid-date", "start and end are ISO dates") from None
    return moment(text)


class Place(NamedTuple):
    """Where the next page begins."""

    below: int
    parts: bool


_decode = msgspec.json.Decoder(Place).decode
_encode = msgspec.json.Encoder().encode


def _to_text(place: Place) -> str:
    return base64.urlsafe_b64encode(_encode(place)).rstrip(b"=").decode()


def _from_text(text: str) -> Place:
    try:
        raw: Any = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = _decode(raw)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise invalid() from None
    if not -(2**63) <= place.below < 2**63 or _to_text(place) != text:
        raise invalid()
    return place
