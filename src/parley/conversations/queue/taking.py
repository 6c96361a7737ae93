"""Taking a chat that waits, and giving one back (contract/management.md §3.4, §4.3)."""

from parley.accounts.identify import Person
from parley.accounts.roles import BOT
from parley.agents.availability import online_agent
from parley.agents.limits import lock_against_selections
from parley.conversations.handing import Handing, give_back
from parley.conversations.queue import store
from parley.conversations.queue.schemas import ReturnInquiry
from parley.conversations.start import take
from parley.conversations.verification.rule import refuse_kept
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Coded, Forbidden, Refused
from parley.events import emit
from parley.rooms.queues import tell_queues
from parley.rooms.speaker import check_word, had_word, wants_human
from parley.rooms.store import find_room, inquiry_of, save_room
from parley.rooms.visibility import may_see
from parley.routing.decisions import ASSIGNED, note


async def take_inquiry(tx: Tx, person: Person, inquiry_id: str, user_id: str | None) -> None:
    """The caller, or the person they take it for, serves the chat from now on.

    Raises Refused or Coded as §4.3, Forbidden for another without `transfer-livechat-guest`.
    """
    agent = await find(tx, "users", user_id or person.user_id or "")
    if agent is None or not agent.get("active"):
        raise Refused("The user is invalid")
    if agent["_id"] != person.user_id and not person.may("transfer-livechat-guest"):
        raise Forbidden
    room_id = await store.room_of(tx, person, inquiry_id)
    if room_id is None:
        raise _not_found()
    await tx.lock("rooms", room_id)
    room, inquiry = await find_room(tx, room_id), await inquiry_of(tx, room_id)
    if room is None or not room.get("open") or inquiry is None:
        raise _not_found()
    if inquiry["status"] == "taken":
        raise Coded("error-inquiry-taken", "Inquiry already taken")
    if wants_human(room) and BOT in agent["roles"] and BOT in person.roles:
        raise Coded("error-waits-for-a-human", "A bot has handed this chat over to a human")
    if await online_agent(tx, person.settings, agent["_id"]) is None:
        code = "error-agent-status-service-offline"
        raise Coded(code, "Agent status is offline or Omnichannel service is not active")
    await refuse_kept(tx, person.settings, room, agent["_id"])
    await lock_against_selections(tx, person.settings)
    await take(tx, room, inquiry, agent, person.settings)
    await finish_taking(tx, room, inquiry)
    about = {"method": person.settings["Livechat_Routing_Method"], "by": person.username}
    await note(tx, room_id, ASSIGNED, "taken", about | {"agent": agent["username"]})


async def finish_taking(tx: Tx, room: Doc, inquiry: Doc) -> None:
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})
    await tell_queues(tx, inquiry, inquiry.get("department"))


def _not_found() -> Coded:
    return Coded("error-not-found", "Inquiry not found")


async def return_inquiry(tx: Tx, person: Person, wanted: ReturnInquiry) -> bool:
    """False where nobody serves the chat. Raises Refused as §4.3, Coded as `check_word`."""
    room_id = wanted.roomId
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not (await may_see(tx, person, room_id) or had_word(person, room)):
        raise Refused("error-room-not-found")
    if not room.get("open"):
        raise Refused("room-closed")
    await check_word(tx, person, room, wanted.speaker)
    if room.get("onHold"):
        raise Refused("error-room-onHold")
    inquiry = await inquiry_of(tx, room_id)
    served = (room.get("servedBy") or {}).get("_id")
    if served is None or inquiry is None:
        return False
    mine = served == person.user_id
    if not mine and not person.may("transfer-livechat-guest"):
        raise Refused("error-not-allowed")
    department = await _department(tx, room, wanted.departmentId)
    by = Handing(person.ref, "agent" if mine else "user", "", person.settings, {})
    await give_back(tx, room, inquiry, department, by)
    return True


async def _department(tx: Tx, room: Doc, department_id: str | None) -> Doc | None:
    """The one it moves to, if it does."""
    before = room.get("departmentId")
    if not department_id or department_id == before:
        return None
    department = await find(tx, "departments", department_id)
    if department is None or not department.get("enabled") or department.get("archived"):
        raise Refused("error-invalid-department")
    allowed = (await find(tx, "departments", before or "") or {}).get("departmentsAllowedToForward")
    if allowed and department_id not in allowed:
        raise Refused("error-forwarding-department-target-not-allowed")
    return department
