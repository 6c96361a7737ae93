"""Filling the demo through the API over HTTP, as any client would."""

import json
import urllib.request
from typing import Any

import msgspec

from parley.accounts.service import one_time_password
from parley.demo.chats import AGENTS, CHATS, Chat


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
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310, as above
            return dict(json.load(answer))


def fill(admin: Api) -> Shelf:
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
