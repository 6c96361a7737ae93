"""The index of what was said: `message_words`, a row for each message that can be searched.

What stands here is all that writes it, in the transaction that changes the message and under the
lock of its room; behind it the database keeps the full text itself (migration 0008). What a person
or the visitor wrote can be searched, and the comment at the close; other system messages and hidden
ones cannot.
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
    key = message["_id"]
    if not can_be_searched(message):
        await unindex(tx, key)
        return
    update = "UPDATE message_words SET words = $2 WHERE message_id = $1 RETURNING n"
    if await tx.value(update, key, _words(message)) is None:
        sql = "SELECT seq, COALESCE(visitor_id, '') FROM messages WHERE id = $1"
        if (stored := await tx.row(sql, key)) is not None:
            await index_new(tx, message, stored[0], stored[1])


async def index_new(tx: Tx, message: Doc, seq: int, visitor_id: str) -> None:
    """The same for a message that is not in the index; `seq` is its place in the room."""
    if not can_be_searched(message):
        return
    room = message["rid"]
    n = moment(message["ts"]) + seq % 1024 * 1024 + crc32(room.encode()) % 1024
    words = _words(message)
    for beside in range(TRIES):
        if await tx.value(_INSERT, n + 37 * beside, message["_id"], room, visitor_id, words):
            return
    raise RuntimeError("there is no place in the index at the moment of a message")


_INSERT = (
    "INSERT INTO message_words (n, message_id, room_id, visitor_id, words)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (n) DO NOTHING RETURNING n"
)


def _words(message: Doc) -> str:
    text: Any = message.get("msg")
    return searched(text if isinstance(text, str) else "")


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


async def unindex_visitor(tx: Tx, visitor_id: str) -> None:
    """None of the visitor's messages is, nor what was answered."""
    await tx.rows("DELETE FROM message_words WHERE visitor_id = $1", visitor_id)


async def move_room(tx: Tx, room_id: str, visitor_id: str) -> None:
    """The room's messages are another visitor's from now on."""
    await tx.rows(f"UPDATE message_words SET visitor_id = $2 WHERE {_OF_ROOM}", room_id, visitor_id)


_OF_ROOM = "message_id IN (SELECT m.id FROM messages m WHERE m.room_id = $1)"
