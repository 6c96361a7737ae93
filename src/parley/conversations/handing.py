"""What becomes of a conversation that is handed on (contract/core.md §5.4, §5.7).

Each act takes the room, locked, and saves it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.accounts.readiness import look_at_queue
from parley.clock import now
from parley.conversations.start import take
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.events import emit
from parley.events.webhooks import FORWARDED, tell
from parley.events.webhooks import QUEUED as IN_QUEUE
from parley.messages.service import append_system
from parley.rooms.hold import not_held
from parley.rooms.queues import tell_queues
from parley.rooms.speaker import take_word, wants_human
from parley.rooms.store import (
    delete_subscription,
    delete_subscriptions,
    save_inquiry,
    save_room,
)
from parley.rooms.subscription_store import save_subscription, taking_part
from parley.routing.decisions import ASSIGNED, QUEUED, note

Settings = Mapping[str, Any]


HANDED_OVER, RETURNED = "handed-over", "returned"


class Handing(NamedTuple):
    """Who hands a conversation on. `mark` goes into the message of a visitor: their handle."""

    author: Doc
    kind: str
    """`agent` who serves it, another `user`, or the `visitor`."""
    comment: str
    settings: Settings
    mark: Doc
    act: str = "forwarded"
    """What the codes of its decisions begin with (routing/reasons.py)."""


async def give(
    tx: Tx,
    room: Doc,
    inquiry: Doc,
    agent: Doc,
    by: Handing,
    scope: str,
    transfer: Doc,
    choice: Doc | None = None,
) -> None:
    """The agent serves the room from now on; who served it leaves. `transfer` says to whom,
    `choice` from whom they were chosen."""
    before = room.get("servedBy")
    waited = inquiry["status"] == "queued"
    if scope == "agent" and "departmentId" in room:
        transfer["previousDepartment"] = room["departmentId"]
    await take(tx, room, inquiry, agent, by.settings)
    told = {**(choice or {}), **_decided(by, room), "agent": agent["username"]}
    await note(tx, room["_id"], ASSIGNED, f"{by.act}-to-{scope}", told)
    await _tell(tx, room, by, scope, transfer)
    if before and before["_id"] != agent["_id"]:
        gone = await delete_subscription(tx, room["_id"], before["_id"])
        await _leave(tx, room, [gone] if gone else [], by.settings)
        await look_at_queue(tx)
    await _finish(tx, room)
    await tell(tx, by.settings, FORWARDED, room, **_from(scope, before, transfer))
    if waited:
        await tell_queues(tx, inquiry, transfer.get("previousDepartment"))


async def queue(
    tx: Tx, room: Doc, inquiry: Doc, department: Doc, asked: Doc | None, by: Handing, transfer: Doc
) -> None:
    """Nobody serves the room until somebody of the department takes it; best `asked`."""
    previous = move(room, inquiry, department)
    await _tell(tx, room, by, "department", transfer | previous)
    wish = {"agentId": asked["_id"], "username": asked["username"]} if asked else None
    await _wait(tx, room, inquiry, by.settings, wish)
    await note(tx, room["_id"], QUEUED, f"{by.act}-to-queue", _decided(by, room))
    await tell(tx, by.settings, FORWARDED, room, **_from("department", None, previous))
    await tell_queues(tx, inquiry, previous.get("previousDepartment"), department["_id"])


def _from(scope: str, agent: Doc | None, transfer: Doc) -> Doc:
    """Whom another system is told to have had the room before: the agent, or the department."""
    if scope == "agent":
        return {"oldServedBy": agent} if agent else {}
    previous = transfer.get("previousDepartment")
    return {"oldDepartmentId": previous} if previous else {}


async def give_back(tx: Tx, room: Doc, inquiry: Doc, department: Doc | None, by: Handing) -> None:
    """Who served the room does so no longer, and is not given it again; it waits in its
    department's queue or, if one is given, in that one's. Of a hand-over, others are told as of a
    forwarding."""
    before = room["servedBy"]
    transfer: Doc = {}
    if department is not None:
        transfer["nextDepartment"] = {"_id": department["_id"], "name": department["name"]}
        transfer |= move(room, inquiry, department)
    elif "departmentId" in room:
        transfer["previousDepartment"] = room["departmentId"]
    await _tell(tx, room, by, "queue", transfer)
    await _wait(tx, room, inquiry, by.settings, None, passed_over=before["_id"])
    handed_over = by.act == HANDED_OVER
    reason = f"{by.act}-to-queue" if handed_over else "given-back"
    await note(tx, room["_id"], QUEUED, reason, _decided(by, room))
    if handed_over:
        await tell(tx, by.settings, FORWARDED, room, oldServedBy=before)
    await tell_queues(tx, inquiry, room.get("departmentId"))


async def let_go(tx: Tx, room: Doc, inquiry: Doc, reason: str, by: Handing) -> None:
    """Who served the room cannot go on with it: it waits in its queue for anybody, them too."""
    transfer = {"previousDepartment": room["departmentId"]} if "departmentId" in room else {}
    await _tell(tx, room, by, "queue", transfer)
    await _wait(tx, room, inquiry, by.settings, None)
    await note(tx, room["_id"], QUEUED, reason, _decided(by, room))
    await tell_queues(tx, inquiry, room.get("departmentId"))


async def _wait(
    tx: Tx,
    room: Doc,
    inquiry: Doc,
    settings: Settings,
    wish: Doc | None,
    *,
    passed_over: str | None = None,
) -> None:
    await take_word(tx, room)
    if passed_over is None and wants_human(room):
        # Nobody for this one is not nobody for those behind it, whom a bot may have.
        passed_over = room["speaker"].get("bot", {}).get("_id", "")
    not_held(room)
    for key in ("takenAt", "defaultAgent"):
        inquiry.pop(key, None)
    room["queuedAt"] = now()
    inquiry |= {"status": "queued", "queuedAt": room["queuedAt"]}
    if wish is not None:
        inquiry["defaultAgent"] = wish
    await save_inquiry(tx, inquiry, passed_over=passed_over)
    await tell(tx, settings, IN_QUEUE, room)
    await _leave(tx, room, await delete_subscriptions(tx, room["_id"]), settings)
    await _finish(tx, room)
    await look_at_queue(tx)


def move(room: Doc, inquiry: Doc, department: Doc) -> Doc:
    """Room and inquiry are the department's now; `previousDepartment` if there was one."""
    previous = room.get("departmentId")
    room["departmentId"] = inquiry["department"] = department["_id"]
    room["departmentAncestors"] = department.get("ancestors") or []
    return {"previousDepartment": previous} if previous else {}


async def move_participants(tx: Tx, room: Doc) -> None:
    for subscription in await taking_part(tx, room["_id"]):
        await save_subscription(tx, subscription | {"department": room["departmentId"]})


async def tell_fallback(tx: Tx, room: Doc, asked: Doc, by: Handing, transfer: Doc) -> None:
    """Nobody was there in the department that was asked for; another takes the chat."""
    data = _data(by, "department") | transfer
    kind, more = "livechat_transfer_history_fallback", {"prevDepartment": asked["name"], **by.mark}
    await append_system(tx, room, kind, by.author, by.settings, transferData=data, **more)


def named(user: Doc) -> Doc:
    """How messages name a person."""
    return {key: user[key] for key in ("_id", "username", "name") if user.get(key)}


async def _leave(tx: Tx, room: Doc, subscriptions: list[Doc], settings: Settings) -> None:
    for subscription in subscriptions:
        user = await find(tx, "users", subscription["u"]["_id"]) or subscription["u"]
        room["usersCount"] -= 1
        await append_system(tx, room, "ul", named(user), settings, user["username"])
        await emit(tx, f"user:{user['_id']}", "subscription", {"rid": room["_id"]})


async def _tell(tx: Tx, room: Doc, by: Handing, scope: str, transfer: Doc) -> None:
    data = _data(by, scope) | transfer
    kind = "livechat_transfer_history"
    await append_system(tx, room, kind, by.author, by.settings, transferData=data, **by.mark)


def _data(by: Handing, scope: str) -> Doc:
    return {
        "transferredBy": {**by.author, "userType": by.kind},
        "ts": now(),
        "scope": scope,
        "comment": by.comment,
    }


def _decided(by: Handing, room: Doc) -> Doc:
    """What a decision tells of a handing-on; of a visitor only that it was the visitor."""
    who = {} if by.kind == "visitor" else {"by": by.author["username"]}
    department = {"department": room["departmentId"]} if "departmentId" in room else {}
    method = by.settings["Livechat_Routing_Method"]
    return {"method": method, "byKind": by.kind} | who | department


async def _finish(tx: Tx, room: Doc) -> None:
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
