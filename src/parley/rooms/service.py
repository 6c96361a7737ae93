"""Rules of rooms that more than one act needs."""

from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.rooms.store import find_room
from parley.visitors.store import Visitor, by_token


async def own_open_room(tx: Tx, token: str, room_id: str) -> tuple[Visitor, Doc]:
    """The visitor with this token and their open room, locked.

    Raises Refused `invalid-token`, `invalid-room` (another's, too) or `room-closed`.
    """
    visitor = await by_token(tx, token)
    if visitor is None:
        raise Refused("invalid-token")
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or room["v"]["_id"] != visitor.id:
        raise Refused("invalid-room")
    if not room.get("open"):
        raise Refused("room-closed")
    return visitor, room
