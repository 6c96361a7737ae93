"""Whose turn it is, told to a page before there is a chat (contract/management.md §1.2)."""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import first_department_online
from parley.agents.shown import shown_to_visitor
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.preferences.routing_method import routing_method
from parley.rooms.store import open_room_of
from parley.routing.external import ask
from parley.routing.selection import next_agent
from parley.visitors.store import by_token

Settings = Mapping[str, Any]


async def take_turn(
    db: Database, settings: Settings, token: str, department_id: str | None
) -> Doc | None:
    """The agent as visitors see them; the turn counts as taken. None for who has an open room.

    Raises Refused `agent-not-found` or `invalid-agent`.
    """
    if await db.read(_has_room, token):
        return None
    department = department_id or await db.read(first_department_online, settings)
    if routing_method(settings).outside:
        agent = (await ask(db, settings, department)).agent
    else:
        agent = await db.act(_next, settings, department)
    if agent is None:
        raise Refused("agent-not-found")
    shown = await db.read(shown_to_visitor, settings, agent["_id"])
    if shown is None:
        raise Refused("invalid-agent")
    return shown


async def _next(tx: Tx, settings: Settings, department_id: str | None) -> Doc | None:
    return await next_agent(tx, settings, department_id)


async def _has_room(q: Reader, token: str) -> bool:
    visitor = await by_token(q, token)
    return visitor is not None and await open_room_of(q, visitor.id) is not None
