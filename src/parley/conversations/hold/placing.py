"""Placing a chat on hold (contract/management.md §15): by who serves it, or by the clock."""

from parley.accounts.identify import Person
from parley.accounts.readiness import look_at_queue
from parley.conversations.close import CAT, Settings
from parley.conversations.hold.schemas import WhichRoomOnHold
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Forbidden, Refused
from parley.events import emit
from parley.messages.service import append_system
from parley.rooms.hold import PLACED, put_on_hold
from parley.rooms.speaker import check_word, had_word
from parley.rooms.store import find_room, save_room
from parley.rooms.visibility import may_see

LEFT_COMMENT = "Placed on hold because the visitor did not answer"


async def place(tx: Tx, person: Person, wanted: WhichRoomOnHold) -> None:
    """Raises as `own_or_others`, and Refused."""
    await tx.lock("rooms", wanted.roomId)
    room = await own_or_others(tx, person, wanted)
    if room.get("onHold"):
        raise Refused("error-room-is-already-on-hold")
    if "servedBy" not in room:
        raise Refused("error-unserved-rooms-cannot-be-placed-onhold")
    settings = person.settings
    if not settings["Livechat_allow_manual_on_hold"]:
        raise Refused("error-cannot-place-chat-on-hold")
    engaged = settings["Livechat_allow_manual_on_hold_upon_agent_engagement_only"]
    if engaged and room.get("waitingResponse"):
        raise Refused("error-contact-sent-last-message-so-cannot-place-on-hold")
    comment = f"{person.ref.get('name') or person.username} placed the chat on hold"
    await _place(tx, room, person.ref, comment, settings)


async def own_or_others(tx: Tx, person: Person, wanted: WhichRoomOnHold) -> Doc:
    """An open room, locked by the caller, whose holding is the person's to decide.

    Raises Refused or Forbidden; Coded as `check_word`.
    """
    room = await find_room(tx, wanted.roomId)
    if room is None:
        raise Refused("error-invalid-room")
    if not await may_see(tx, person, wanted.roomId) and not had_word(person, room):
        raise Refused("error-not-allowed")
    if not room.get("open"):
        raise Refused("room-closed")
    await check_word(tx, person, room, wanted.speaker)
    mine = (room.get("servedBy") or {}).get("_id") == person.user_id
    if not mine and not person.may("on-hold-others-livechat-room"):
        raise Forbidden
    return room


async def place_left(tx: Tx, room: Doc, settings: Settings) -> None:
    """The visitor has left the room, which is open, served and locked by the caller."""
    await _place(tx, room, CAT, LEFT_COMMENT, settings)


async def _place(tx: Tx, room: Doc, author: Doc, comment: str, settings: Settings) -> None:
    await put_on_hold(tx, room)
    await append_system(tx, room, PLACED, author, settings, comment=comment)
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
    # Its agent can be given another one.
    await look_at_queue(tx)
