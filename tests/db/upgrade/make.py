"""How `0001.db.gz` and `0001.json` were made: conversations held with the code of migration 0001.

Run with that commit's `src` first on the path, which is what made them files of that version:
`PYTHONPATH=<its src> python tests/db/upgrade/make.py FOLDER 0001`. The clock is set back, so that
no file is ever of the future, and goes on by a second with each reading.
"""

import asyncio
import gzip
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

import parley.clock
from parley.accounts.passwords import hash_password
from parley.accounts.service import create_first_admin
from parley.app import build_app
from parley.config import Config
from parley.db import open_database

Json = dict[str, Any]
HUNDRED_YEARS = 36_500
PASSWORD = "the first admin's password"


class Clock:
    def __init__(self) -> None:
        self._at = datetime(2025, 3, 30, 23, 58, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._at += timedelta(seconds=1, milliseconds=37)
        return self._at


class Caller:
    def __init__(self, http: httpx.AsyncClient, headers: dict[str, str] | None = None) -> None:
        self._http = http
        self.headers = headers or {}

    async def post(self, path: str, **body: Any) -> Json:
        answer = await self._http.post(f"/api/v1/{path}", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def get(self, path: str, **query: Any) -> str:
        answer = await self._http.get(f"/api/v1/{path}", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def login(self, user: str, password: str) -> "Caller":
        data = (await self.post("login", user=user, password=password))["data"]
        return Caller(self._http, {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})


class Office:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.nobody = Caller(http)
        self.told: Json = {"logins": {}, "visitors": {}, "answers": []}

    async def fill(self) -> Json:
        self.admin = await self.nobody.login("admin", PASSWORD)
        await self._preferences()
        self.admin = await self._person("admin", PASSWORD)
        agents = {name: await self._agent(name) for name in ("amira", "jonas", "lena")}
        support = await self._department("Support", agents["amira"], agents["jonas"])
        night = await self._department("Night shift", agents["lena"], agents["jonas"])
        await self._department("Nobody yet")
        maria = {
            "name": "María Santos 🪔",
            "email": "Maria@Mail.example",
            "phone": "+351 1",
            **support,
        }
        for comment in ("About delivery", "x" * 400, "Replaced; «switch»"):
            await self._chat("maria", maria, agents, comment, tags=["lamps", "päckchen"])
        await self._chat("maria", maria, agents, None)
        await self._chat("tom", {"name": "Tom", **night}, agents, "visitor")
        await self._chat("tom", {"name": "Tom Fischer", **night}, agents, None)
        await self._chat("guest", {}, agents, "Asked nothing")
        await self.admin.post("settings/Livechat_Routing_Method", value="Manual_Selection")
        await self._chat("nina", {"name": "Nina", **support}, agents, None)
        await self._histories(agents)
        return self.told

    async def _preferences(self) -> None:
        for name, value in (
            ("API_Enable_Rate_Limiter", False),
            ("Accounts_LoginExpiration", HUNDRED_YEARS),
            ("Livechat_accept_chats_with_no_agents", True),
            ("Livechat_Routing_Method", "Auto_Selection"),
            ("Site_Url", "https://chat.example"),
            ("Message_Read_Receipt_Enabled", True),
        ):
            await self.admin.post(f"settings/{name}", value=value)
        roles = ["admin", "livechat-manager", "livechat-monitor"]
        grants = [{"_id": "view-livechat-rooms", "roles": roles}]
        await self.admin.post("permissions.update", permissions=grants)

    async def _person(self, username: str, password: str) -> Caller:
        person = await self.nobody.login(username, password)
        self.told["logins"][username] = {"password": password, "headers": person.headers}
        return person

    async def _agent(self, username: str) -> Caller:
        password = f"password of {username}"
        roles = ["user", "livechat-agent", *(["livechat-manager"] if username == "lena" else [])]
        await self.admin.post(
            "users.create",
            username=username,
            name=username.title(),
            email=f"{username}@shop.example",
            password=password,
            roles=roles,
        )
        agent = await self._person(username, password)
        await agent.post("users.setStatus", status="online", message="here")
        return agent

    async def _department(self, name: str, *agents: Caller) -> dict[str, str]:
        fields = {"name": name, "email": "desk@shop.example", "enabled": True}
        shown = {"showOnRegistration": True, "showOnOfflineForm": False}
        tags = {"chatClosingTags": ["asked"], "requestTagBeforeClosingChat": False}
        answer = await self.admin.post(
            "livechat/department",
            department=fields | shown | tags,
            agents=[{"agentId": agent.headers["X-User-Id"]} for agent in agents],
        )
        return {"department": answer["department"]["_id"]}

    async def _chat(
        self, key: str, fields: Json, agents: dict[str, Caller], end: str | None, **closing: Any
    ) -> None:
        """`end`: None leaves it open, "visitor" lets them close it, else an agent's comment."""
        token = f"token of {key}"
        visitor = {"token": token, **fields}
        made = (await self.nobody.post("livechat/visitor", visitor=visitor))["visitor"]
        room = json.loads(await self.nobody.get("livechat/room", token=token))["room"]
        for text in (f"Hello, {key} here 👋", "see https://shop.example/läden?a=b#c and\nthe rest"):
            await self.nobody.post("livechat/message", token=token, rid=room["_id"], msg=text)
        self.told["visitors"][key] = {"token": token, "_id": made["_id"], "room": room["_id"]}
        if "servedBy" not in room:
            return
        agent = agents[room["servedBy"]["username"]]
        for text in ("Hi, how can I help?", 'שלום, or "hello" \\o/'):
            await agent.post("chat.sendMessage", message={"rid": room["_id"], "msg": text})
        if end == "visitor":
            await self.nobody.post("livechat/room.close", token=token, rid=room["_id"])
        elif end is not None:
            body = {"rid": room["_id"], "comment": end, **closing}
            await agent.post("livechat/room.closeByUser", **body)

    async def _histories(self, agents: dict[str, Caller]) -> None:
        more: list[Json] = [{"count": 2}, {"sort": '{"msgs":-1}', "offset": 1}]
        queries: list[tuple[str, Caller, list[Json]]] = [("admin", self.admin, [{}, *more])]
        queries += [(name, agent, [{}]) for name, agent in agents.items()]
        for who, person, asked in queries:
            for visitor in self.told["visitors"].values():
                path = "livechat/visitors.chatHistory/room/{room}/visitor/{_id}".format(**visitor)
                for query in asked:
                    try:
                        answer = await person.get(path, **query)
                    except AssertionError:  # an agent who may not open the room
                        continue
                    told = {"who": who, "path": path, "query": query, "answer": answer}
                    self.told["answers"].append(told)
        for visitor in self.told["visitors"].values():
            path = f"livechat/messages.history/{visitor['room']}"
            query = {"token": visitor["token"]}
            answer = await self.nobody.get(path, **query)
            told = {"who": "", "path": path, "query": query, "answer": answer}
            self.told["answers"].append(told)


async def converse(file: Path) -> Json:
    """What was told to those who asked."""
    parley.clock.moment = Clock()
    db = await open_database(f"sqlite://{file}")
    await db.act(create_first_admin, await hash_password(PASSWORD))
    transport = httpx.ASGITransport(app=build_app(Config(), db))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        told = await Office(http).fill()
    await db.close()
    return told


def make(folder: Path, name: str) -> None:
    file = folder.absolute() / f"{name}.db"
    told = asyncio.run(converse(file))
    (folder / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    (folder / f"{name}.db.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2])
