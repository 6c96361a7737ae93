"""Handing a conversation on: to another agent, or to a department (contract/core.md §5.4)."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.accounts.roles import AGENT
from parley.agents.availability import department_online, online_agent
from parley.conversations.handing import (
    Handing,
    give,
    move,
    move_participants,
    named,
    queue,
    tell_fallback,
)
from parley.conversations.schemas import ForwardRoom
from parley.conversations.verification.rule import (
    UNVERIFIED,
    VERIFYING,
    kept_from_agents,
    refuse_kept,
)
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.departments.store import departments_of
from parley.errors import Refused
from parley.preferences.routing_method import routing_method
from parley.rooms.store import find_room, inquiry_of
from parley.rooms.visibility import may_see
from parley.routing.departments import LONGEST_CHAIN
from parley.routing.selection import next_agent
from parley.visitors.store import Visitor, by_token

Settings = Mapping[str, Any]


async def forward_by_user(tx: Tx, person: Person, wanted: ForwardRoom) -> None:
    """Raises Refused: contract/core.md §5.4."""
    await tx.lock("rooms", wanted.roomId)
    room = await find_room(tx, wanted.roomId)
    if room is None:
        raise Refused("error-invalid-room")
    if not await may_see(tx, person, wanted.roomId):
        raise Refused("error-not-allowed")
    await _check_room(tx, room)
    served = (room.get("servedBy") or {}).get("_id")
    kind = "agent" if served == person.user_id else "user"
    by = Handing(person.ref, kind, wanted.comment or "", person.settings, {})
    if wanted.departmentId:
        await _to_department(tx, room, wanted.departmentId, wanted.userId, by)
    elif wanted.userId:
        await _to_agent(tx, room, wanted.userId, by)
    else:
        raise Refused("error-forwarding-chat")


async def forward_by_visitor(
    tx: Tx, token: str, room_id: str, department_id: str, settings: Settings
) -> tuple[Visitor, Doc]:
    """The visitor chooses another department; their room. Raises Refused, as above."""
    await tx.lock("rooms", room_id)
    visitor = await by_token(tx, token)
    if visitor is None:
        raise Refused("invalid-token")
    room = await find_room(tx, room_id)
    if room is None or room["v"]["_id"] != visitor.id:
        raise Refused("error-invalid-room")
    await _check_room(tx, room)
    by = Handing(visitor.ref, "visitor", "", settings, {"token": visitor.handle})
    await _to_department(tx, room, department_id, None, by)
    return visitor, room


async def _check_room(tx: Tx, room: Doc) -> None:
    if not room.get("open"):
        raise Refused("This_conversation_is_already_closed")
    if await find(tx, "visitors", room["v"]["_id"]) is None:
        raise Refused("error-invalid-visitor")
    if room.get("onHold"):
        raise Refused("error-room-onHold")


async def _to_agent(tx: Tx, room: Doc, agent_id: str, by: Handing) -> None:
    user = await find(tx, "users", agent_id)
    agent = user is not None and AGENT in user["roles"]
    # Whoever is no agent is told as one who is not there.
    if user is None or not agent or await online_agent(tx, by.settings, agent_id) is None:
        raise Refused("error-user-is-offline")
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        raise Refused("error-invalid-inquiry")
    if (room.get("servedBy") or {}).get("_id") == agent_id:
        raise Refused("error-selected-agent-room-agent-are-same")
    await refuse_kept(tx, by.settings, room, agent_id)
    await give(tx, room, inquiry, user, by, "agent", {"transferredTo": named(user)})


async def _to_department(
    tx: Tx, room: Doc, department_id: str, agent_id: str | None, by: Handing
) -> None:
    department = await _department(tx, room, department_id)
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        raise Refused("error-transferring-inquiry")
    kept = await kept_from_agents(tx, by.settings, room)
    if by.kind == "visitor" and inquiry["status"] == VERIFYING:
        raise Refused(UNVERIFIED)
    asked = await _asked_agent(tx, department_id, agent_id, by) if agent_id else None
    transfer: Doc = {"nextDepartment": {"_id": department_id, "name": department["name"]}}
    if asked is not None:
        transfer["transferredTo"] = named(asked)
    if kept or await _waits(tx, department, by):
        await queue(tx, room, inquiry, department, asked, by, transfer)
        return
    there, agent = (department, asked) if asked else await _found(tx, room, department, by)
    transfer |= move(room, inquiry, there)
    await move_participants(tx, room)
    if there is not department:
        transfer["nextDepartment"] = {"_id": there["_id"], "name": there["name"]}
        await tell_fallback(tx, room, department, by, transfer)
    await give(tx, room, inquiry, agent, by, "department", transfer)


async def _department(tx: Tx, room: Doc, department_id: str) -> Doc:
    department = await find(tx, "departments", department_id)
    if department is None or not department.get("enabled") or department.get("archived"):
        raise Refused("error-invalid-department")
    if room.get("departmentId") == department_id:
        raise Refused("error-forwarding-chat-same-department")
    before = await find(tx, "departments", room.get("departmentId", ""))
    allowed = (before or {}).get("departmentsAllowedToForward")
    if allowed and department_id not in allowed:
        raise Refused("error-forwarding-department-target-not-allowed")
    return department


async def _asked_agent(tx: Tx, department_id: str, agent_id: str, by: Handing) -> Doc:
    user = await find(tx, "users", agent_id)
    if user is None or await online_agent(tx, by.settings, agent_id) is None:
        raise Refused("error-user-is-offline")
    if department_id not in await departments_of(tx, agent_id):
        raise Refused("error-user-not-belong-to-department")
    return user


async def _waits(tx: Tx, department: Doc, by: Handing) -> bool:
    """Whether the conversation waits in the department's queue, rather than being given at once."""
    method = routing_method(by.settings)
    if method.outside or not method.auto_assign:
        return True
    there = await department_online(tx, by.settings, department["_id"])
    if there:
        return bool(by.settings["Livechat_waiting_queue"])
    return bool(department.get("allowReceiveForwardOffline"))


async def _found(tx: Tx, room: Doc, department: Doc, by: Handing) -> tuple[Doc, Doc]:
    """The department, or the first of its fallbacks, where somebody else can take the chat."""
    current = (room.get("servedBy") or {}).get("_id", "")
    there: Doc | None = department
    depth = min(int(by.settings["Omnichannel_max_fallback_forward_depth"]), LONGEST_CHAIN)
    tried: set[str] = set()
    # Only one turn is taken, and locked: two chains in opposite order would wait for each other.
    while there is not None and len(tried) < depth and not await _somebody(tx, there, current, by):
        tried.add(there["_id"])
        following = there.get("fallbackForwardDepartment") or ""
        there = None if following in tried else await find(tx, "departments", following)
    agent = None
    if there is not None and there["enabled"]:
        agent = await next_agent(tx, by.settings, there["_id"], but=current)
    if there is None or agent is None:
        raise Refused("error-no-agents-available-for-service-on-department")
    return there, await find(tx, "users", agent["_id"]) or agent


async def _somebody(tx: Tx, department: Doc, current: str, by: Handing) -> bool:
    """Whether anybody but who serves the chat could take it there."""
    return bool(department["enabled"]) and await department_online(
        tx, by.settings, department["_id"], but=current
    )
