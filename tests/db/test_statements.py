"""SQL statements of a request: few, and as many in an old office as in a new one."""

from collections.abc import Awaitable, Callable
from typing import Any

from parley.clock import later
from parley.db import Tx
from parley.db.documents import insert
from tests.office import Client, Office, Visitor

START = "2026-01-01T00:00:00.000Z"
Counted = dict[str, int]


async def grow(tx: Tx, visitor_id: str, room_id: str) -> None:
    """200 rooms of the visitor's past, 200 messages in the room that is open, other people."""
    for n in range(200):
        ts = later(START, minutes=n)
        room = {"_id": f"old{n}", "v": {"_id": visitor_id}, "ts": ts, "lm": ts, "msgs": 0}
        await insert(tx, "rooms", room)
        message = {"_id": f"message{n}", "rid": room_id, "ts": ts, "msg": "?", "u": {}}
        await insert(tx, "messages", message, visitor_id=visitor_id, contact_id="c", seq=n)
        await insert(tx, "visitors", {"_id": f"v{n}"}, token=f"other{n}", contact_id=f"c{n}")
        user = {"_id": f"u{n}", "username": f"u{n}", "roles": ["livechat-agent"], "active": True}
        await insert(tx, "users", user, username_key=f"u{n}", email_key=None)


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
    # The caller and the policy's version are one of each.
    limits = {
        "history": 2,
        "history past its end": 2,
        "history by offset": 2,
        "history by cursor": 2,
        "message": 7,
        "messages.history": 4,
        "room, there": 3,
        "room, new": 27,
        "login": 3,
        "register": 6,
    }
    assert {name: n for name, n in new.items() if n > limits[name]} == {}, new
