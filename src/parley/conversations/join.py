"""Taking part in a conversation that somebody else serves (contract/core.md §5.4)."""

from parley.accounts.identify import Person
from parley.db import Tx
from parley.errors import Refused
from parley.events import emit
from parley.messages.service import append_system
from parley.rooms.store import find_room, insert_subscription, save_room
from parley.rooms.visibility import may_see


async def join(tx: Tx, person: Person, room_id: str) -> None:
    """Raises Refused. Who takes part already, does."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    if not room.get("open"):
        raise Refused("room-closed")
    if not await may_see(tx, person, room_id):
        raise Refused("error-not-allowed")
    if not await insert_subscription(tx, room, person.ref):
        return
    room["usersCount"] += 1
    await append_system(tx, room, "uj", person.ref, person.settings, person.username)
    await save_room(tx, room)
    await emit(tx, f"room:{room_id}", "room", {"_id": room_id})
    await emit(tx, f"user:{person.user_id}", "subscription", {"rid": room_id})
