"""A chat on hold: what the room and those who take part say of it (contract/management.md §15).

`onHoldSince` (ours) is when it was placed there: by it the clock closes what is on hold for long.
"""

from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc
from parley.rooms.subscription_store import save_subscription, taking_part

PLACED, RESUMED = "omnichannel_placed_chat_on_hold", "omnichannel_on_hold_chat_resumed"
"""Kinds of the system messages that say so."""


async def put_on_hold(tx: Tx, room: Doc) -> None:
    """The room is locked by the caller, who saves it."""
    room |= {"onHold": True, "onHoldSince": now()}
    for subscription in await taking_part(tx, room["_id"]):
        await save_subscription(tx, subscription | {"onHold": True})


async def take_off_hold(tx: Tx, room: Doc) -> None:
    """The same back."""
    not_held(room)
    for subscription in await taking_part(tx, room["_id"]):
        if subscription.pop("onHold", None):
            await save_subscription(tx, subscription)


def not_held(room: Doc) -> None:
    """Of a room that nobody takes part in any more."""
    for key in ("onHold", "onHoldSince"):
        room.pop(key, None)
