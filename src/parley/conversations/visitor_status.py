"""Whether the visitor is there, as their widget says (contract/core.md §4, visitor.status)."""

from parley.db import Tx
from parley.errors import Coded
from parley.events import emit
from parley.rooms.queues import tell_shown
from parley.rooms.service import lock_open_room, own_open_room
from parley.rooms.store import inquiry_of, save_inquiry, save_room
from parley.visitors.store import by_token


async def set_visitor_status(tx: Tx, token: str, status: str) -> None:
    """On the open room and its inquiry. Raises Coded `invalid-token`."""
    visitor = await by_token(tx, token)
    if visitor is None:
        raise Coded("invalid-token")
    await set_status_of(tx, visitor.id, status)


async def set_status_of(tx: Tx, visitor_id: str, status: str) -> None:
    room = await lock_open_room(tx, visitor_id)
    if room is None or room["v"].get("status") == status:
        return
    room["v"]["status"] = status
    await save_room(tx, room)
    if (inquiry := await inquiry_of(tx, room["_id"])) is not None:
        inquiry["v"]["status"] = status
        await save_inquiry(tx, inquiry)
        await tell_shown(tx, inquiry)
    await emit(tx, f"room:{room['_id']}", "visitor", {"_id": visitor_id, "status": status})


async def set_call_status(tx: Tx, token: str, room_id: str, status: str) -> None:
    """How a call goes that others arranged. Raises as `own_open_room`, but Coded."""
    if await by_token(tx, token) is None:
        raise Coded("invalid-token")
    visitor, room = await own_open_room(tx, token, room_id)
    room["callStatus"] = status
    await save_room(tx, room)
    about = {"_id": visitor.id, "callStatus": status}
    await emit(tx, f"room:{room_id}", "visitor", about)
