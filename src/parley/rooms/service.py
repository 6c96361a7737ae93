"""Rules of rooms that more than one act needs."""

from parley.db import Reader, Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.rooms.store import find_room, find_with_visitor, open_room_of
from parley.visitors.store import Visitor


async def own_room(q: Reader, token: str, room_id: str) -> tuple[Visitor, Doc]:
    """The visitor with this token and their room, open or closed.

    Raises Refused `invalid-token` or `invalid-room` (another's, too).
    """
    found = await find_with_visitor(q, token, room_id)
    if found is None:
        raise Refused("invalid-token")
    visitor, room = found
    if room is None:
        raise Refused("invalid-room")
    return visitor, room


async def lock_open_room(tx: Tx, visitor_id: str) -> Doc | None:
    """The visitor's open room, if any, locked."""
    room = await open_room_of(tx, visitor_id)
    if room is None:
        return None
    await tx.lock("rooms", room["_id"])
    room = await find_room(tx, room["_id"])
    return room if room is not None and room.get("open") else None


async def own_open_room(tx: Tx, token: str, room_id: str) -> tuple[Visitor, Doc]:
    """The same, locked. Raises Refused `room-closed` as well."""
    await tx.lock("rooms", room_id)
    visitor, room = await own_room(tx, token, room_id)
    if not room.get("open"):
        raise Refused("room-closed")
    return visitor, room
