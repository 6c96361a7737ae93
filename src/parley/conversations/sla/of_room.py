"""The SLA of a conversation: its room, its place in the queue, and who set it, agree."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.conversations.queue.store import reaches
from parley.conversations.sla import store
from parley.conversations.start import NO_SLA
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.events import emit
from parley.messages.service import append_system
from parley.rooms.queues import tell_place
from parley.rooms.store import find_room, inquiry_of, save_inquiry, save_room


def mark(doc: Doc, policy: Doc | None) -> None:
    """Room or inquiry is under this policy from now on, or under none."""
    doc.pop("slaId", None)
    doc["estimatedWaitingTimeQueue"] = NO_SLA
    if policy is not None:
        minutes = policy["dueTimeInMinutes"]
        doc |= {"slaId": policy["_id"], "estimatedWaitingTimeQueue": minutes}


async def set_of_inquiry(tx: Tx, person: Person, room_id: str, id_or_name: str) -> None:
    """Of a chat that waits. Raises Refused (contract/management.md §4.3)."""
    await tx.lock("rooms", room_id)
    room, inquiry = await find_room(tx, room_id), await inquiry_of(tx, room_id)
    if room is None or inquiry is None or inquiry["status"] == "taken":
        raise Refused("error-invalid-inquiry")
    if not await reaches(tx, person, room_id):
        raise Refused("error-invalid-inquiry")
    policy_id = await store.id_of(tx, id_or_name)
    if policy_id is None:
        raise Refused("error-invalid-sla")
    if await set_sla(tx, person, room, policy_id):
        await save_room(tx, room)
        await emit(tx, f"room:{room_id}", "room", {"_id": room_id})


async def set_sla(tx: Tx, person: Person, room: Doc, policy_id: str) -> bool:
    """Whether it is another than before; an empty id takes it off. The caller has locked the room,
    and saves it. Raises Refused `error-invalid-sla`.
    """
    if room.get("slaId", "") == policy_id:
        return False
    policy = None
    if policy_id:
        await tx.lock("settings", f"sla:{policy_id}")
        policy = await find(tx, "sla", policy_id)
        if policy is None:
            raise Refused("error-invalid-sla")
    await put_under(tx, room, policy)
    await say_so(tx, room, policy, person.ref, person.settings)
    return True


async def put_under(tx: Tx, room: Doc, policy: Doc | None) -> None:
    """Room and inquiry; the caller saves the room."""
    mark(room, policy)
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is not None:
        mark(inquiry, policy)
        await save_inquiry(tx, inquiry)
        await tell_place(tx, inquiry)


async def say_so(
    tx: Tx, room: Doc, policy: Doc | None, author: Doc, settings: Mapping[str, Any]
) -> None:
    said: Doc = {"definedBy": {key: author[key] for key in ("_id", "username")}}
    if policy is not None:
        said["sla"] = {"name": policy["name"]}
    await append_system(tx, room, "omnichannel_sla_change_history", author, settings, slaData=said)


async def renew(tx: Tx, room: Doc) -> None:
    """Of a room that opens again: its policy may have changed since, or gone."""
    if "slaId" in room:
        await tx.lock("settings", f"sla:{room['slaId']}")
        mark(room, await find(tx, "sla", room["slaId"]))
