"""POST livechat/messages: what a bridge has of a visitor, in one call (contract/core.md §5.5).

All of it or nothing: the visitor, the room and the messages are one act, so that however many of
these calls come at once, there is one visitor and one open room.
"""

from typing import Any

from parley.conversations.register import register
from parley.conversations.schemas import VisitorFields
from parley.conversations.start import Settings, find_or_start
from parley.db import Tx
from parley.db.documents import Doc
from parley.messages.service import post_as_visitor
from parley.rooms.store import find_room
from parley.visitors.store import Visitor, by_token


async def post_several(
    tx: Tx, fields: VisitorFields, texts: list[str], settings: Settings, source: Doc
) -> list[dict[str, Any]]:
    """What was written, in order. Raises Refused or Coded."""
    visitor = await by_token(tx, fields.token)
    if visitor is None:
        visitor = await register(tx, fields, {})
    room_id, new = await _open_room(tx, visitor, settings, source)
    answers = []
    for number, text in enumerate(texts):
        opens = new and number == 0
        _, message = await post_as_visitor(
            tx, visitor.token, room_id, text, None, settings, opens=opens
        )
        answers.append(
            {"username": message["u"]["username"], "msg": message["msg"], "ts": message["ts"]}
        )
    return answers


async def _open_room(tx: Tx, visitor: Visitor, settings: Settings, source: Doc) -> tuple[str, bool]:
    """(id of the visitor's open room, locked; whether it was opened now)."""
    room, new = await find_or_start(tx, visitor, settings, source, None)
    await tx.lock("rooms", room["_id"])
    there = await find_room(tx, room["_id"])
    if there is None or not there.get("open"):
        # Closed while we waited for it. Nobody else can open the next one: the visitor is locked.
        room, new = await find_or_start(tx, visitor, settings, source, None)
    return room["_id"], new
