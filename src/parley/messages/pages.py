"""The pages a visitor went through (contract/core.md §4, page.visited).

They are messages of the open room. Before there is one they wait for it, under a hash of the token:
the visitor may not exist yet.
"""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.clock import now
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.ids import object_id
from parley.messages import pages_store
from parley.messages.schemas import Page
from parley.messages.service import append, append_adopted
from parley.rooms.service import own_open_room
from parley.rooms.store import save_room
from parley.rooms.visibility import may_see
from parley.visitors.store import Visitor, token_hash

Settings = Mapping[str, Any]

KIND = "livechat_navigation_history"
AUTHOR = {"_id": "rocket.cat", "username": "rocket.cat"}
"""Who tells of pages on the wire; no such person need exist."""

LONGEST_TITLE = 255
LONGEST_ADDRESS = 2048


async def note_page(
    tx: Tx, token: str, room_id: str | None, page: Page, settings: Settings
) -> tuple[Visitor | None, Doc]:
    """(the visitor whose room it entered, the message). A room that is not theirs or not open is
    as none: the page waits for their next.
    """
    message = _message(page, settings)
    if room_id:
        try:
            visitor, room = await own_open_room(tx, token, room_id)
        except Refused:
            pass
        else:
            await append(tx, room, _entered(message, room, visitor), settings)
            await save_room(tx, room)
            return visitor, message
    await pages_store.insert_pending(tx, token_hash(token), message)
    return None, message


def _message(page: Page, settings: Settings) -> Doc:
    title, href = page.title[:LONGEST_TITLE], page.location.href[:LONGEST_ADDRESS]
    info = {"title": title, "change": page.change, "location": {"href": href}}
    message: Doc = {
        "_id": object_id(),
        "t": KIND,
        "ts": now(),
        "msg": f"{title} - {href}",
        "u": AUTHOR,
        "groupable": False,
        "navigation": {"page": info},
    }
    if not settings["Livechat_Visitor_navigation_as_a_message"]:
        message["_hidden"] = True
    return message


def _entered(message: Doc, room: Doc, visitor: Visitor) -> Doc:
    message["rid"] = room["_id"]
    message["navigation"]["token"] = visitor.handle
    return message


async def adopt_pages(tx: Tx, room: Doc, visitor: Visitor, settings: Settings) -> None:
    """The visitor's new room takes the pages that waited for it; the caller saves the room."""
    pages = await pages_store.take_pending(tx, token_hash(visitor.token))
    messages = [_entered(page, room, visitor) for page in pages]
    await append_adopted(tx, room, messages, settings)


async def prune_pages(db: Database) -> None:
    while await db.act(pages_store.prune_pending):
        pass


async def pages_of(
    q: Reader, person: Person, room_id: str, descending: bool, limit: int, offset: int
) -> tuple[list[str], int]:
    """Raises Refused `invalid-room` or `error-not-allowed`."""
    visible = await may_see(q, person, room_id)
    if visible is None:
        raise Refused("invalid-room")
    if not visible:
        raise Refused("error-not-allowed")
    return await pages_store.list_pages(q, room_id, KIND, descending, limit, offset)
