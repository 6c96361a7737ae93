"""Handing a conversation on: to another agent, or to a department (contract/core.md §5.4)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.accounts.roles import AGENT, BOT
from parley.agents.availability import department_online, online_agent
from parley.agents.limits import lock_against_selections
from parley.conversations.handing import (
    HANDED_OVER,
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
from parley.rooms.speaker import check_word, had_word, wants_human
from parley.rooms.store import find_room, inquiry_of
from parley.rooms.visibility import may_see
from parley.routing.departments import LONGEST_CHAIN
from parley.routing.selection import select
from parley.visitors.store import Visitor, by_token

Settings = Mapping[str, Any]


class Found(NamedTuple):
    """Who takes the chat, where; and from whom they were chosen."""

    department: Doc
    agent: Doc
    choice: Doc


async def forward_by_user(tx: Tx, person: Person, wanted: ForwardRoom) -> None:
    """Raises Refused: contract/core.md §5.4. Coded as `check_word`."""
    await tx.lock("rooms", wanted.roomId)
    room = await find_room(tx, wanted.roomId)
    if room is None:
        raise Refused("error-invalid-room")
    if not await may_see(tx, person, wanted.roomId) and not had_word(person, room):
        raise Refused("error-not-allowed")
    await check_word(tx, person, room, wanted.speaker)
    await check_room(tx, room)
    served = (room.get("servedBy") or {}).get("_id")
    kind = "agent" if served == person.user_id else "user"
    by = Handing(person.ref, kind, wanted.comment or "", person.settings, {})
    if wanted.departmentId:
        await to_department(tx, room, wanted.departmentId, wanted.userId, by)
    elif wanted.userId:
        await to_agent(tx, room, wanted.userId, by)
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
    await check_room(tx, room)
    by = Handing(visitor.ref, "visitor", "", settings, {"token": visitor.handle})
    await to_department(tx, room, department_id, None, by)
    return visitor, room


async def check_room(tx: Tx, room: Doc) -> None:
    """Raises Refused for one that is not handed on."""
    if not room.get("open"):
        raise Refused("This_conversation_is_already_closed")
    if await find(tx, "visitors", room["v"]["_id"]) is None:
        raise Refused("error-invalid-visitor")
    if room.get("onHold"):
        raise Refused("error-room-onHold")


async def to_agent(tx: Tx, room: Doc, agent_id: str, by: Handing) -> None:
    user = await find(tx, "users", agent_id)
    agent = user is not None and AGENT in user["roles"]
    # Whoever is no agent is told as one who is not there.
    if user is None or not agent or await online_agent(tx, by.settings, agent_id) is None:
        raise Refused("error-user-is-offline")
    check_human(user, by)
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        raise Refused("error-invalid-inquiry")
    if (room.get("servedBy") or {}).get("_id") == agent_id:
        raise Refused("error-selected-agent-room-agent-are-same")
    await refuse_kept(tx, by.settings, room, agent_id)
    await lock_against_selections(tx, by.settings)
    await give(tx, room, inquiry, user, by, "agent", {"transferredTo": named(user)})


def check_human(user: Doc, by: Handing) -> None:
    """A bot hands over to no bot; anybody else may forward to one."""
    if by.act == HANDED_OVER and BOT in user["roles"]:
        raise Refused("error-user-is-a-bot")


async def to_department(
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
    if kept or await _waits(tx, room, department, by):
        await queue(tx, room, inquiry, department, asked, by, transfer)
        return
    found = Found(department, asked, {}) if asked else await find_somebody(tx, room, department, by)
    if found is not None:
        await give_in(tx, room, inquiry, department, found, by, transfer)
    elif by.act == HANDED_OVER:
        await queue(tx, room, inquiry, department, None, by, transfer)
    else:
        raise Refused("error-no-agents-available-for-service-on-department")


async def give_in(
    tx: Tx, room: Doc, inquiry: Doc, asked: Doc, found: Found, by: Handing, transfer: Doc
) -> None:
    """Who was found serves the chat in their department, which may be a fallback of `asked`."""
    there = found.department
    transfer |= move(room, inquiry, there)
    await move_participants(tx, room)
    if there is not asked:
        transfer["nextDepartment"] = {"_id": there["_id"], "name": there["name"]}
        await tell_fallback(tx, room, asked, by, transfer)
    await give(tx, room, inquiry, found.agent, by, "department", transfer, found.choice)


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
    check_human(user, by)
    return user


async def _waits(tx: Tx, room: Doc, department: Doc, by: Handing) -> bool:
    """Whether the conversation waits in the department's queue, rather than being given at once."""
    method = routing_method(by.settings)
    if method.outside or not method.auto_assign:
        return True
    humans = wants_human(room)
    there = await department_online(tx, by.settings, department["_id"], humans=humans)
    if there:
        return bool(by.settings["Livechat_waiting_queue"])
    return bool(department.get("allowReceiveForwardOffline"))


async def find_somebody(tx: Tx, room: Doc, department: Doc, by: Handing) -> Found | None:
    """In the department, or the first of its fallbacks, where somebody else can take the chat."""
    current = (room.get("servedBy") or {}).get("_id", "")
    humans = wants_human(room)
    there: Doc | None = department
    depth = min(int(by.settings["Omnichannel_max_fallback_forward_depth"]), LONGEST_CHAIN)
    tried: set[str] = set()
    # Only one turn is taken, and locked: two chains in opposite order would wait for each other.
    while (
        there is not None
        and len(tried) < depth
        and not await _somebody(tx, there, current, by, humans=humans)
    ):
        tried.add(there["_id"])
        following = there.get("fallbackForwardDepartment") or ""
        there = None if following in tried else await find(tx, "departments", following)
    if there is None or not there["enabled"]:
        return None
    chosen = await select(tx, by.settings, there["_id"], but=current, humans=humans)
    if chosen.agent is None:
        return None
    agent = await find(tx, "users", chosen.agent["_id"]) or chosen.agent
    return Found(there, agent, chosen.detail)


async def _somebody(tx: Tx, department: Doc, current: str, by: Handing, *, humans: bool) -> bool:
    """Whether anybody but who serves the chat could take it there."""
    return bool(department["enabled"]) and await department_online(
        tx, by.settings, department["_id"], but=current, humans=humans
    )
