"""Reading a room as a person: channels.messages, channels.history, transfer.history."""

from collections.abc import Callable
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.db import Reader
from parley.errors import Coded, Forbidden, Refused
from parley.messages.channel_store import Slice, count_messages, messages_of, transfers_of
from parley.rooms.visibility import may_see
from parley.web.paging import Page


class Found(NamedTuple):
    docs: list[str]
    """As stored."""
    total: int


async def room_messages(
    q: Reader, person: Person, room_id: str, wanted: Slice, page: Page, *, newest_first: bool = True
) -> Found:
    """Raises Coded `error-room-not-found` or Forbidden."""
    await _check(q, person, room_id, _no_room)
    docs = await messages_of(q, room_id, wanted, page, newest_first=newest_first)
    return Found(docs, await count_messages(q, room_id, wanted))


async def room_history(
    q: Reader, person: Person, room_id: str, wanted: Slice, page: Page
) -> list[str]:
    """The same, newest first, not counted."""
    await _check(q, person, room_id, _no_room)
    return await messages_of(q, room_id, wanted, page)


async def transfer_history(
    q: Reader, person: Person, room_id: str, page: Page, *, newest_first: bool
) -> Found:
    """Each transfer's data, in order of time. Raises Refused `invalid-room` or Forbidden."""
    await _check(q, person, room_id, lambda: Refused("invalid-room"))
    return Found(*await transfers_of(q, room_id, page, newest_first=newest_first))


async def _check(q: Reader, person: Person, room_id: str, missing: Callable[[], Exception]) -> None:
    visible: Any = await may_see(q, person, room_id)
    if visible is None:
        raise missing()
    if not visible:
        raise Forbidden


def _no_room() -> Coded:
    return Coded(
        "error-room-not-found",
        'The required "roomId" or "roomName" param provided does not match any channel',
    )
