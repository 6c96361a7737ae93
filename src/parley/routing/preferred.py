"""Whom a new chat is given to before the rule is asked (contract/management.md §3.2, §3.3)."""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import online_agent
from parley.contacts.store import find_contact
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Coded
from parley.preferences.routing_method import routing_method
from parley.rooms.store import last_server_of
from parley.routing.selection import Selection, next_bot, select
from parley.visitors.store import Visitor

Settings = Mapping[str, Any]


async def asked_agent(tx: Tx, settings: Settings, agent_id: str | None) -> Selection | None:
    """Whom the visitor's page asks for. Raises Coded `no-agent-online` when they are not there."""
    if not agent_id:
        return None
    found = await _online(tx, settings, agent_id, "asked-for")
    if found is None and not settings["Livechat_accept_chats_with_no_agents"]:
        raise Coded("no-agent-online", "Sorry, no online agents")
    return found


async def first_agent(
    tx: Tx, settings: Settings, visitor: Visitor, department_id: str | None, asked: Selection | None
) -> tuple[Selection, Doc | None]:
    """(the decision, whom the chat waits for best if it waits)."""
    wish = asked or await _preferred(tx, settings, visitor, department_id)
    about = {"method": settings["Livechat_Routing_Method"]}
    method = routing_method(settings)
    waits = not method.auto_assign or settings["Livechat_waiting_queue"]
    if wish and wish.agent and (not waits or await _is_bot(tx, wish.agent["_id"])):
        return wish, None
    best = wish.agent if wish else None
    if waits:
        why = "waiting-queue" if method.auto_assign else "by-hand"
        detail = about | ({"waitsFor": best["username"]} if best else {})
        return Selection(None, why, detail), best
    return await select(tx, settings, department_id), None


async def _preferred(
    tx: Tx, settings: Settings, visitor: Visitor, department_id: str | None
) -> Selection | None:
    if (bot := await next_bot(tx, settings, department_id)) is not None:
        return bot
    if settings["Omnichannel_contact_manager_routing"]:
        manager = (await find_contact(tx, visitor.contact_id) or {}).get("contactManager")
        found = await _online(tx, settings, manager, "contact-manager") if manager else None
        if found is not None:
            return found
    if settings["Livechat_last_chatted_agent_routing"]:
        server = await last_server_of(tx, visitor.id)
        return await _online(tx, settings, server, "last-chatted") if server else None
    return None


async def _online(tx: Tx, settings: Settings, agent_id: str, reason: str) -> Selection | None:
    found = await online_agent(tx, settings, agent_id)
    if found is None:
        return None
    agent = {"_id": found[0], "username": found[1]}
    return Selection(agent, reason, {"method": settings["Livechat_Routing_Method"]})


async def _is_bot(tx: Tx, user_id: str) -> bool:
    sql = "SELECT 1 FROM users WHERE id = $1 AND is_bot"
    return await tx.value(sql, user_id) is not None
