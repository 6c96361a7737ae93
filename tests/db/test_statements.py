"""SQL statements of a request: few (budgets.toml), and as many in an old office as in a new one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.accounts.service import new_user
from parley.accounts.store import insert_user
from parley.app import ROUTES
from parley.clock import later
from parley.db import Tx
from parley.db.documents import insert
from tests.budgets import BUDGETS
from tests.clock import Clock
from tests.db.counting import Counted, counting
from tests.db.walk import walk
from tests.office import Client, Office, Visitor
from tests.stored import stored_message, stored_room

START = "2026-01-01T00:00:00.000Z"


async def grow(tx: Tx, visitor_id: str, room_id: str) -> None:
    """200 rooms of the visitor's past, 200 messages in the room that is open, other people."""
    for n in range(200):
        ts = later(START, minutes=n)
        await insert(tx, "rooms", stored_room(f"old{n}", visitor_id, ts))
        message = stored_message(f"message{n}", room_id, ts)
        await insert(tx, "messages", message, visitor_id=visitor_id, contact_id="c", seq=n)
        visitor = {"_id": f"v{n}", "username": f"guest{n}", "ts": ts}
        await insert(tx, "visitors", visitor, token=f"other{n}", contact_id=f"c{n}")
        user = new_user(f"u{n}", f"User {n}", f"u{n}@x.example", ["livechat-agent"])
        await insert_user(tx, user, None)


async def count(office: Office, visitor: Visitor, agent: Client, room_id: str) -> Counted:
    where = (agent, room_id, visitor.id)
    cursor = (await office.history(*where, count=1))["cursor"]["next"]
    newcomers = [await office.visitor() for _ in range(2)]
    messages = f"livechat/messages.history/{room_id}"
    requests: dict[str, Callable[[], Awaitable[Any]]] = {
        "history": lambda: office.history(*where),
        "history past its end": lambda: office.history(*where, offset=1000),
        "history by offset": lambda: office.history(*where, count=1, offset=1),
        "history by cursor": lambda: office.history(*where, count=1, cursor=cursor),
        "message": lambda: visitor.say(room_id, "hi"),
        "messages.history": lambda: office.nobody.get(messages, token=visitor.token, count=100),
        "room, there": visitor.room,
        "room, new": newcomers[0].room,
        "login": lambda: office.login("anna", "password of anna"),
        "register": office.visitor,
    }
    counted: Counted = {}
    for name, request in requests.items():
        before = office.db.statements
        await request()
        counted[name] = office.db.statements - before
    return counted


async def test_statements_do_not_grow_with_the_data(office: Office) -> None:
    agent = await office.agent(username="anna")
    visitor = await office.visitor(name="Maria")
    for _ in range(2):
        await visitor.close((await visitor.room())["_id"])
    room_id = (await visitor.room())["_id"]
    new = await count(office, visitor, agent, room_id)
    await office.db.act(grow, visitor.id, room_id)
    old = await count(office, visitor, agent, room_id)
    assert old == new
    history = await office.history(agent, room_id, visitor.id)
    assert history["total"] == 203
    assert over(new, "hot") == {}, new


async def test_every_route_keeps_its_budget(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counting(office, clock) as new:
        await walk(office, clock, monkeypatch, 1)
    await office.db.act(grow, "somebody", "somewhere")
    async with counting(office, clock) as old:
        await walk(office, clock, monkeypatch, 2)
    assert over(old, "routes") == over(new, "routes") == {}
    assert {route: (new[route], n) for route, n in old.items() if n > new[route]} == {}


def test_every_route_has_a_budget_and_a_call_of_the_walk() -> None:
    """Which of the two is missing is said by the tests above."""
    there = {f"{route.method} {route.path}" for route in ROUTES}
    assert BUDGETS["statements"]["routes"].keys() == there


def over(counted: Counted, budget: str) -> Counted:
    """What took more than it may, or was not asked for at all."""
    most = BUDGETS["statements"][budget]
    missing = dict.fromkeys(most.keys() - counted.keys(), -1)
    return missing | {name: n for name, n in counted.items() if n > most.get(name, 0)}
