"""Chats whose agent has not answered at all: each goes to another one, once in its life."""

from parley.clock import later, now
from parley.conversations.handing import Handing, give, named
from parley.conversations.verification.rule import kept_from_agents
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.preferences.routing_method import routing_method
from parley.preferences.service import current_settings
from parley.rooms.speaker import wants_human
from parley.rooms.store import find_room, inquiry_of
from parley.rooms.waiting_store import Mark, unanswered_since
from parley.routing.selection import next_agent

COMMENT = "Not answered in time"


async def transfer_unanswered(db: Database) -> None:
    """By `Livechat_auto_transfer_chat_timeout`; where nobody else is there, it is tried again."""
    settings = await db.read(current_settings)
    timeout = settings["Livechat_auto_transfer_chat_timeout"]
    if timeout <= 0 or not routing_method(settings).auto_assign:
        return
    before, after = later(now(), seconds=-timeout), Mark("", "")
    while page := await db.scan(unanswered_since, before, after):
        for mark in page:
            await db.act(_transfer, mark, settings)
        after = page[-1]


async def _transfer(tx: Tx, mark: Mark, settings: dict[str, object]) -> None:
    await tx.lock("rooms", mark.room_id)
    room = await find_room(tx, mark.room_id)
    if room is None or not _waits_since(room, mark.ts):
        return
    if await kept_from_agents(tx, settings, room):
        return
    inquiry = await inquiry_of(tx, mark.room_id)
    served = room["servedBy"]
    department, humans = room.get("departmentId"), wants_human(room)
    chosen = await next_agent(tx, settings, department, but=served["_id"], humans=humans)
    if inquiry is None or chosen is None:
        return
    agent = await find(tx, "users", chosen["_id"]) or chosen
    author = named(await find(tx, "users", served["_id"]) or served)
    room["autoTransferredAt"] = now()
    by = Handing(author, "agent", COMMENT, settings, {})
    await give(tx, room, inquiry, agent, by, "agent", {"transferredTo": named(agent)})


def _waits_since(room: Doc, given_at: str) -> bool:
    """Whether the chat still waits for the first answer of whom it was given to then."""
    return (
        bool(room.get("open") and room.get("waitingResponse"))
        and not room.get("onHold")
        and "responseBy" not in room
        and "autoTransferredAt" not in room
        and (room.get("servedBy") or {}).get("ts") == given_at
    )
