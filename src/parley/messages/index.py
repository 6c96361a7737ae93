"""The index of what was said: `message_words`, a row for each message that can be searched.

`index` and `unindex` are all that writes it, in the transaction that changes the message; behind
them the database keeps the full text itself (migration 0008). What a person or the visitor wrote
can be searched, and the comment at the close; other system messages and hidden ones cannot.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from parley.clock import parse
from parley.db import Tx
from parley.db.documents import Doc
from parley.db.words import searched

KINDS = (None, "livechat-close")

MOMENT = 1 << 20
"""Values of `n` for a millisecond: in them messages of one room are in order, and others beside."""
TRIES = 100
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_FARTHEST = 2**42


async def index(tx: Tx, message: Doc) -> None:
    """The message as it is stored now can be found by its text, and by no earlier one."""
    if not can_be_searched(message):
        await unindex(tx, message["_id"])
        return
    text: Any = message.get("msg")
    key, words = message["_id"], searched(text if isinstance(text, str) else "")
    at = moment(message["ts"])
    room = crc32(message["rid"].encode()) % 1024
    for beside in range(TRIES):
        if await tx.value(_INSERT, key, words, at + (room + 37 * beside)):
            return
        if await tx.value(_UPDATE, key, words):
            return
    raise RuntimeError("a message that is not stored cannot be searched")


_INSERT = (
    "INSERT INTO message_words (n, message_id, room_id, visitor_id, words)"
    " SELECT CAST($3 AS bigint) + (m.seq % 1024) * 1024, m.id, m.room_id,"
    " COALESCE(m.visitor_id, ''), $2 FROM messages m WHERE m.id = $1"
    " ON CONFLICT DO NOTHING RETURNING message_id"
)
_UPDATE = "UPDATE message_words SET words = $2 WHERE message_id = $1 RETURNING message_id"


def can_be_searched(message: Doc) -> bool:
    return message.get("t") in KINDS and not message.get("_hidden")


def moment(ts: str) -> int:
    """The least `n` of the millisecond; 0 for what is no date."""
    try:
        at = (parse(ts) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return 0
    return max(-_FARTHEST, min(at, _FARTHEST)) * MOMENT


async def unindex(tx: Tx, message_id: str) -> None:
    """The message is found no more."""
    await tx.rows("DELETE FROM message_words WHERE message_id = $1", message_id)


async def unindex_room(tx: Tx, room_id: str) -> None:
    """None of the room's messages is; to be called while they are still stored."""
    await tx.rows(f"DELETE FROM message_words WHERE {_OF_ROOM}", room_id)


async def move_room(tx: Tx, room_id: str, visitor_id: str) -> None:
    """The room's messages are another visitor's from now on."""
    await tx.rows(f"UPDATE message_words SET visitor_id = $2 WHERE {_OF_ROOM}", room_id, visitor_id)


_OF_ROOM = "message_id IN (SELECT m.id FROM messages m WHERE m.room_id = $1)"
