"""`parley demo`: a server whose history was made by real conversations through its own API."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import Callable
from typing import Any

import msgspec

from parley.accounts.identify import Identifier
from parley.accounts.login import issue_token
from parley.accounts.passwords import hash_password
from parley.accounts.service import create_first_admin, one_time_password
from parley.app import build_app
from parley.config import Config
from parley.db import Database, open_database
from parley.db.meta import get_mark, set_mark
from parley.demo.chats import AGENTS, CHATS, Chat
from parley.errors import Unavailable
from parley.history.schemas import ChatHistory
from parley.history.service import chat_history
from parley.home import Shown
from parley.serve import listen
from parley.testmode import check_mark

log = logging.getLogger("parley")

_MARK = "demo"
_FILLING = "filling"
TOKEN_DAYS = 30


class Shelf(msgspec.Struct):
    """Where the shown history stands, kept in the database for the next start."""

    room_id: str
    visitor_id: str
    agent_id: str

    @property
    def path(self) -> str:
        return (
            f"/api/v1/livechat/visitors.chatHistory/room/{self.room_id}/visitor/{self.visitor_id}"
        )


async def demo(config: Config, say: Callable[[str], None]) -> None:
    """Serves like `serve`; `say` gets the one curl line. Raises Unavailable for foreign data."""
    if not config.loopback:
        raise Unavailable("the demo listens on a loopback address only")
    db = await open_database(config.database_url)
    try:
        await check_mark(db, config)
        admin_id = await _admin(db)

        async def example() -> Shown:
            return await _example(db)

        async def started(url: str) -> None:
            shelf = await _shelf(db)
            if shelf is None:
                token = await db.act(issue_token, admin_id, 1)
                shelf = await asyncio.to_thread(_fill, Api(url, admin_id, token))
                await db.act(set_mark, _MARK, msgspec.json.encode(shelf).decode())
            token = await db.act(issue_token, shelf.agent_id, TOKEN_DAYS)
            log.info("the demo is filled; look at %s/", url)
            say(
                f"curl -H 'X-Auth-Token: {token}' -H 'X-User-Id: {shelf.agent_id}'"
                f" '{url}{shelf.path}'"
            )

        await listen(config, build_app(config, db, example), db, started)
    finally:
        await db.close()


async def _admin(db: Database) -> str:
    """The id of the demo's admin; empty when the demo is filled already."""
    mark = await db.read(get_mark, _MARK)
    if mark == _FILLING:
        raise Unavailable("an earlier demo was interrupted: remove its data and start again")
    if mark is not None:
        return ""
    admin_id = await db.act(create_first_admin, await hash_password(one_time_password()))
    if admin_id is None:
        raise Unavailable("this data is not a demo's; give the demo a --data of its own")
    await db.act(set_mark, _MARK, _FILLING)
    return admin_id


async def _shelf(db: Database) -> Shelf | None:
    mark = await db.read(get_mark, _MARK)
    return None if mark in (None, _FILLING) else msgspec.json.decode(mark, type=Shelf)


async def _example(db: Database) -> Shown:
    shelf = await _shelf(db)
    if shelf is None:
        return Shown("…", "the demo is being filled")
    token = await db.act(issue_token, shelf.agent_id, 1)
    person = await Identifier(db)(token, shelf.agent_id)
    found = await db.read(
        chat_history, person, shelf.room_id, shelf.visitor_id, ChatHistory(count=3)
    )
    rooms = [json.loads(room) for room in found.rooms]
    answer = {"history": rooms, "count": len(rooms), "offset": 0, "total": found.total}
    return Shown(shelf.path + "?count=3", json.dumps(answer, indent=2, ensure_ascii=False))


class Api:
    """The API as any client sees it, over HTTP, in the name of one person."""

    def __init__(self, url: str, user_id: str, token: str) -> None:
        self._url = f"{url}/api/v1/"
        self._headers = {
            "Content-Type": "application/json",
            "X-Auth-Token": token,
            "X-User-Id": user_id,
        }

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path, None)

    def login(self, username: str, password: str) -> "Api":
        data = self.post("login", {"user": username, "password": password})["data"]
        return Api(self._url.removesuffix("/api/v1/"), data["userId"], data["authToken"])

    @property
    def user_id(self) -> str:
        return self._headers["X-User-Id"]

    def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(self._url + path, body, self._headers, method=method)  # noqa: S310, our own address
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return dict(json.load(answer))


def _fill(admin: Api) -> Shelf:
    """Two agents, a department, and the chats of `chats.py`, one after another."""
    agents = {username: _agent(admin, username, name) for username, name in AGENTS.items()}
    admin.post(
        "livechat/department",
        {
            "department": {
                "name": "Support",
                "email": "support@shop.example",
                "enabled": True,
                "showOnRegistration": True,
                "showOnOfflineForm": True,
            },
            "agents": [{"agentId": agent.user_id} for agent in agents.values()],
        },
    )
    shelves = [_chat(admin, agents, chat) for chat in CHATS]
    return shelves[-1]


def _agent(admin: Api, username: str, name: str) -> Api:
    password = one_time_password()
    person = {
        "username": username,
        "name": name,
        "email": f"{username}@shop.example",
        "password": password,
        "roles": ["user", "livechat-agent"],
    }
    user_id = admin.post("users.create", person)["user"]["_id"]
    admin.post("users.setStatus", {"status": "online", "userId": user_id})
    return admin.login(username, password)


def _chat(admin: Api, agents: dict[str, Api], chat: Chat) -> Shelf:
    # The visitor's calls carry the admin's headers: the demo is in more of a hurry than a person.
    visitor = admin.post("livechat/visitor", {"visitor": chat.visitor})["visitor"]
    token = chat.visitor["token"]
    room = admin.get(f"livechat/room?token={token}")["room"]
    agent = agents[room["servedBy"]["username"]]
    for who, text in chat.lines:
        if who == "visitor":
            admin.post("livechat/message", {"token": token, "rid": room["_id"], "msg": text})
        else:
            agent.post("chat.sendMessage", {"message": {"rid": room["_id"], "msg": text}})
    if chat.comment:
        agent.post("livechat/room.closeByUser", {"rid": room["_id"], "comment": chat.comment})
    return Shelf(room["_id"], visitor["_id"], agent.user_id)
