"""An office to test in: people, visitors and calls, through the HTTP surface."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from parley.app import build_app
from parley.config import Config
from parley.db import Database, Tx
from parley.db.documents import find, save
from parley.testmode import KNOWN_ADMIN, check_mark, make_admin
from tests.described import check

Json = dict[str, Any]
_numbers = itertools.count(1)


class CallFailed(AssertionError):
    pass


@dataclass
class Client:
    """Calls of one person, or of nobody. Each answer must be as the API describes it."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)
    password: str = ""

    def __post_init__(self) -> None:
        hooks = self.http.event_hooks["response"]
        if check not in hooks:
            hooks.append(check)

    @property
    def user_id(self) -> str:
        return self.headers["X-User-Id"]

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.headers | more.pop("headers", {})
        return await self.http.request(method, f"/api/v1/{path}", headers=headers, **more)

    async def get(self, path: str, **params: Any) -> Json:
        return _good(await self.call("GET", path, params=params))

    async def post(self, path: str, **body: Any) -> Json:
        return _good(await self.call("POST", path, json=body))

    async def delete(self, path: str, **params: Any) -> Json:
        return _good(await self.call("DELETE", path, params=params))

    async def refused(self, method: str, path: str, **more: Any) -> tuple[int, Json]:
        """Status and body of a call that must not succeed; its JSON is `json=`."""
        response = await self.call(method, path, **more)
        if response.status_code < 400:
            raise CallFailed(f"{method} {path} succeeded: {response.text}")
        return response.status_code, response.json()


@dataclass
class Visitor:
    nobody: Client
    token: str
    doc: Json

    @property
    def id(self) -> str:
        return str(self.doc["_id"])

    async def room(self) -> Json:
        room: Json = (await self.nobody.get("livechat/room", token=self.token))["room"]
        return room

    async def say(self, room_id: str, msg: str, **more: Any) -> Json:
        answer = await self.nobody.post(
            "livechat/message", token=self.token, rid=room_id, msg=msg, **more
        )
        message: Json = answer["message"]
        return message

    async def close(self, room_id: str) -> Json:
        return await self.nobody.post("livechat/room.close", token=self.token, rid=room_id)


@dataclass
class Office:
    http: httpx.AsyncClient
    db: Database
    nobody: Client
    admin: Client

    async def setting(self, name: str, value: Any) -> None:
        await self.admin.post(f"settings/{name}", value=value)

    async def grant(self, permission: str, *roles: str) -> None:
        await self.admin.post(
            "permissions.update", permissions=[{"_id": permission, "roles": list(roles)}]
        )

    async def person(self, *roles: str, username: str = "") -> Client:
        """A new person with these roles, logged in."""
        username = username or f"person{next(_numbers)}"
        password = f"password of {username}"
        await self.admin.post(
            "users.create",
            username=username,
            name=username.title(),
            email=f"{username}@office.example",
            password=password,
            roles=["user", *roles],
        )
        return await self.login(username, password)

    async def agent(self, *roles: str, username: str = "", online: bool = True) -> Client:
        """A person who is an agent, online and available unless told otherwise."""
        person = await self.person("livechat-agent", *roles, username=username)
        if online:
            await person.post("users.setStatus", status="online")
        return person

    async def login(self, username: str, password: str) -> Client:
        data = (await self.nobody.post("login", user=username, password=password))["data"]
        headers = {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}
        return Client(self.http, headers, password)

    async def department(self, *agents: Client, **fields: Any) -> Json:
        department = {
            "name": f"Department {next(_numbers)}",
            "email": "office@office.example",
            "enabled": True,
            "showOnRegistration": False,
            "showOnOfflineForm": False,
        } | fields
        answer = await self.admin.post(
            "livechat/department",
            department=department,
            agents=[{"agentId": agent.user_id} for agent in agents],
        )
        made: Json = answer["department"]
        return made

    async def visitor(self, **fields: Any) -> Visitor:
        token = fields.pop("token", f"visitor-token-{next(_numbers)}")
        answer = await self.nobody.post("livechat/visitor", visitor={"token": token, **fields})
        return Visitor(self.nobody, token, answer["visitor"])

    async def patch(self, table: str, doc_id: str, **changes: Any) -> None:
        """Changes a stored document as no call can (yet)."""

        async def act(tx: Tx) -> None:
            doc = await find(tx, table, doc_id)
            assert doc is not None
            await save(tx, table, doc | changes)

        await self.db.act(act)

    async def history(self, person: Client, room_id: str, visitor_id: str, **query: Any) -> Json:
        return _good(await self.ask_history(person, room_id, visitor_id, **query))

    async def ask_history(
        self, person: Client, room_id: str, visitor_id: str, **query: Any
    ) -> httpx.Response:
        path = f"livechat/visitors.chatHistory/room/{room_id}/visitor/{visitor_id}"
        return await person.call("GET", path, params=query)


def _good(response: httpx.Response) -> Json:
    if response.status_code != 200:
        raise CallFailed(f"{response.request.method} {response.url}: {response.text}")
    body: Json = response.json()
    return body


@asynccontextmanager
async def open_office(db: Database) -> AsyncIterator[Office]:
    config = Config(test_mode=True, secret_key="of the tests, and long enough for it")
    await check_mark(db, config)
    await make_admin(db)
    transport = httpx.ASGITransport(app=build_app(config, db), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        nobody = Client(http)
        office = Office(http, db, nobody, nobody)
        office.admin = await office.login(KNOWN_ADMIN, KNOWN_ADMIN)
        yield office
