"""A bot hands its conversation over to a human, and a human returns it (docs/decisions/0011).

Both are forwardings, with their messages, subscriptions, webhooks and limits.
"""

from parley.accounts.identify import Person
from parley.accounts.roles import AGENT, BOT
from parley.conversations.forward import (
    check_room,
    find_somebody,
    give_in,
    to_agent,
    to_department,
)
from parley.conversations.handing import (
    HANDED_OVER,
    RETURNED,
    Handing,
    give,
    give_back,
    named,
)
from parley.conversations.schemas import HandOver, ReturnToBot
from parley.conversations.verification.rule import kept_from_agents
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.preferences.routing_method import routing_method
from parley.rooms.speaker import check_word, had_word, want_human
from parley.rooms.store import find_room, inquiry_of
from parley.rooms.visibility import may_see
from parley.routing.selection import select


async def hand_over(tx: Tx, person: Person, wanted: HandOver) -> Doc:
    """Who has the word then: a human, or the queue where none is free. Raises Refused as forwarding
    does, `error-not-allowed` for who is no bot, `error-user-is-a-bot`; Coded as `check_word`.
    """
    room = await _room(tx, person, wanted.roomId)
    if not {BOT, AGENT} <= set(person.roles):
        raise Refused("error-not-allowed")
    await check_word(tx, person, room, wanted.speaker)
    await check_room(tx, room)
    by = Handing(person.ref, "agent", wanted.comment or "", person.settings, {}, HANDED_OVER)
    await want_human(tx, room)
    if wanted.departmentId and wanted.departmentId != room.get("departmentId"):
        await to_department(tx, room, wanted.departmentId, wanted.userId, by)
    elif wanted.userId:
        await to_agent(tx, room, wanted.userId, by)
    else:
        await _to_somebody(tx, room, by)
    speaker: Doc = room["speaker"]
    return speaker


async def _room(tx: Tx, person: Person, room_id: str) -> Doc:
    """The room, locked, if it is for the person to see, or was until the word passed."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    if not await may_see(tx, person, room_id) and not had_word(person, room):
        raise Refused("error-not-allowed")
    return room


async def _to_somebody(tx: Tx, room: Doc, by: Handing) -> None:
    """A human of the room's department or of its fallbacks, or of the office; else its queue."""
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        raise Refused("error-invalid-inquiry")
    department = await find(tx, "departments", room.get("departmentId", ""))
    method = routing_method(by.settings)
    by_hand = not method.auto_assign or method.outside
    waits = by_hand or by.settings["Livechat_waiting_queue"]
    if waits or await kept_from_agents(tx, by.settings, room):
        await give_back(tx, room, inquiry, None, by)
        return
    if department is None:
        bot = room["servedBy"]["_id"]
        chosen = await select(tx, by.settings, None, but=bot, humans=True)
        if chosen.agent is not None:
            agent = await find(tx, "users", chosen.agent["_id"]) or chosen.agent
            transfer = {"transferredTo": named(agent)}
            await give(tx, room, inquiry, agent, by, "agent", transfer, chosen.detail)
            return
    elif (found := await find_somebody(tx, room, department, by)) is not None:
        transfer = {"transferredTo": named(found.agent)}
        if found.department is department:
            await give(tx, room, inquiry, found.agent, by, "agent", transfer, found.choice)
        else:
            await give_in(tx, room, inquiry, department, found, by, transfer)
        return
    await give_back(tx, room, inquiry, None, by)


async def return_to_bot(tx: Tx, person: Person, wanted: ReturnToBot) -> Doc:
    """Who has the word then. For the human who serves the chat, and for whoever may forward it.

    A bot need not be online, nor below any limit. Raises Refused as forwarding does, `error-no-bot`
    where none had the chat, or for whom is none; Coded as `check_word`.
    """
    room = await _room(tx, person, wanted.roomId)
    mine = (room.get("servedBy") or {}).get("_id") == person.user_id
    await check_word(tx, person, room, wanted.speaker)
    if not (mine and BOT not in person.roles) and not person.may("transfer-livechat-guest"):
        raise Refused("error-not-allowed")
    await check_room(tx, room)
    bot = await _bot(tx, wanted.userId or room.get("speaker", {}).get("bot", {}).get("_id", ""))
    inquiry = await inquiry_of(tx, room["_id"])
    if inquiry is None:
        raise Refused("error-invalid-inquiry")
    if (room.get("servedBy") or {}).get("_id") == bot["_id"]:
        raise Refused("error-selected-agent-room-agent-are-same")
    kind = "agent" if mine else "user"
    by = Handing(person.ref, kind, wanted.comment or "", person.settings, {}, RETURNED)
    await give(tx, room, inquiry, bot, by, "agent", {"transferredTo": named(bot)})
    speaker: Doc = room["speaker"]
    return speaker


async def _bot(tx: Tx, user_id: str) -> Doc:
    user = await find(tx, "users", user_id)
    if user is None or not user.get("active") or not {BOT, AGENT} <= set(user["roles"]):
        raise Refused("error-no-bot")
    return user
