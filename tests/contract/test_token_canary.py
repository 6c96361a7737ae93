"""No answer to a person holds a visitor's token that this person did not send.

A run touches every route there is, as persons of every kind and as the visitors themselves.
"""

import json
from typing import Any
from urllib.parse import quote, unquote_plus

import httpx
import pytest

from parley.app import ROUTES
from parley.db.documents import decode
from parley.web.trie import Trie
from tests.clock import Clock
from tests.db.walk import walk
from tests.office import Client, Office

PUNCTUATED = 'canary/"%\\é🦜 two'
PLAIN = "canary8s7e9ony6ctl27e1qf8kue"


class Recorder:
    """Every answer, with what its request had sent."""

    def __init__(self, office: Office) -> None:
        self.answers: list[tuple[httpx.Request, str]] = []
        office.http.event_hooks["response"].append(self._record)

    async def _record(self, response: httpx.Response) -> None:
        await response.aread()
        self.answers.append((response.request, response.text))

    def routes(self) -> set[tuple[str, str]]:
        """(method, pattern) of every route that was called."""
        found = [_TRIE.find(r.method, r.url.raw_path.split(b"?")[0]) for r, _ in self.answers]
        return {route for route, _ in filter(None, found)}


_TRIE = Trie()
for _route in ROUTES:
    _TRIE.add(_route.method, _route.path, (_route.method, _route.path))


def holds(text: str, token: str) -> bool:
    return token in text or json.dumps(token)[1:-1] in text


async def test_no_answer_to_a_person_holds_a_visitors_token(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(office)
    # By name: of two with as few chats, the first by name is given one.
    agent = await office.agent(username="ann")
    manager = await office.agent("livechat-manager", username="mo")
    persons = [office.admin, agent, manager]
    department = await office.department(agent, manager, showOnRegistration=True)
    await office.setting("Message_Read_Receipt_Enabled", True)
    for token in (PLAIN, PUNCTUATED):
        visitor = await office.visitor(token=token, name="Canary", department=department["_id"])
        await office.nobody.get(f"livechat/visitor/{quote(token, safe='')}")
        room = (await visitor.room())["_id"]
        await visitor.say(room, "who sees my token?")
        history = await office.nobody.get(f"livechat/messages.history/{room}", token=token)
        assert all(m["token"] == token for m in history["messages"] if "token" in m)
        for person in persons:
            await _look(office, person, room, visitor.id)
        await agent.post("chat.sendMessage", message={"rid": room, "msg": "nobody"})
        await manager.post("chat.postMessage", roomId=room, text="really")
        await visitor.close(room)
        for person in persons:
            await _look(office, person, room, visitor.id)
        again = (await visitor.room())["_id"]
        await manager.post("livechat/room.closeByUser", rid=again, comment="bye")
        for person in persons:
            await _look(office, person, again, visitor.id)
    for person in (agent, manager):  # the walk's own agent is to be the one who is online
        await person.post("users.setStatus", status="offline")
    await walk(office, clock, monkeypatch, 0)

    assert recorder.routes() == {(route.method, route.path) for route in ROUTES}
    for request, answer in recorder.answers:
        sent = unquote_plus(str(request.url)) + request.content.decode()
        for token in (PLAIN, PUNCTUATED):
            if "x-auth-token" in request.headers and not holds(sent, token):
                assert not holds(answer, token), f"{request.method} {request.url}"


async def test_the_old_leak_is_a_setting(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor(token=PUNCTUATED)
    room = (await visitor.room())["_id"]
    await visitor.say(room, f'"token":"{visitor.token}"')
    (before,) = (await office.history(agent, room, visitor.id))["history"]

    await office.setting("Livechat_show_visitor_token", True)

    (shown,) = (await office.history(agent, room, visitor.id))["history"]
    assert shown["v"]["token"] == shown["lastMessage"]["token"] == PUNCTUATED
    handle = before["v"]["token"]
    assert json.loads(json.dumps(before).replace(handle, "x")) == _with(shown, "x")


def _with(room: Any, token: str) -> Any:
    room["v"]["token"] = room["lastMessage"]["token"] = token
    return room


async def test_no_document_and_no_event_holds_a_visitors_token(office: Office) -> None:
    await office.agent()
    visitor = await office.visitor(token=PUNCTUATED, name="Canary")
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hello")
    await visitor.close(room)
    tables = ("visitors", "contacts", "rooms", "messages", "inquiries", "subscriptions", "outbox")

    async def documents(q: Any) -> list[str]:
        return [row[0] for table in tables for row in await q.rows(f"SELECT doc FROM {table}")]

    docs = await office.db.scan(documents)
    assert len(docs) > 10
    assert not [doc for doc in docs if holds(json.dumps(decode(doc)), PUNCTUATED)]


async def _look(office: Office, person: Client, room: str, visitor_id: str) -> None:
    await office.ask_history(person, room, visitor_id)
    await person.call("GET", "rooms.info", params={"roomId": room})
    await person.call("GET", "livechat/department")
