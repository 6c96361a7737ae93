"""What somebody who takes part in a room has not read (`unread`, `alert`, mentions)."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, decode
from parley.errors import Refused
from parley.events import emit
from parley.rooms.subscription_store import save_subscription, subscription_of, taking_part
from parley.rooms.visibility import may_see

EVERYBODY = {"all", "here"}


async def raise_unread(tx: Tx, message: Doc, settings: Mapping[str, Any]) -> None:
    """Everybody but its author has a message more to read. The caller holds the room's lock."""
    for subscription in await taking_part(tx, message["rid"]):
        user_id = subscription["u"]["_id"]
        if user_id == message["u"]["_id"]:
            continue
        mentioned = {mention["_id"] for mention in message.get("mentions") or ()}
        mine, everybodys = user_id in mentioned, bool(mentioned & EVERYBODY)
        subscription["alert"] = subscription["open"] = True
        if settings["Unread_Count_Omni"] == "all_messages" or mine or everybodys:
            subscription["unread"] += 1
        subscription["userMentions"] += mine
        subscription["groupMentions"] += everybodys
        await save_subscription(tx, subscription)


async def mark_read(tx: Tx, person: Person, room_id: str) -> None:
    """The person has seen all that stands in the room. Raises Refused.

    Who looks into a room without taking part has nothing to be marked.
    """
    await tx.lock("rooms", room_id)
    if not await may_see(tx, person, room_id):
        raise Refused("error-invalid-subscription")
    doc = await subscription_of(tx, room_id, person.user_id or "")
    if doc is None:
        return
    subscription = decode(doc) | {"alert": False, "open": True, "ls": now()}
    subscription |= dict.fromkeys(("unread", "userMentions", "groupMentions"), 0)
    await save_subscription(tx, subscription)
    await emit(tx, f"user:{person.user_id}", "read", {"rid": room_id})
