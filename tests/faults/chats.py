"""Conversations with a server that is a process of its own, in test mode."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx

from parley.testmode import KNOWN_ADMIN
from tests.office import Client, Json, Visitor
from tests.server import Server

AT_ONCE = 64


class Chat(NamedTuple):
    visitor: Visitor
    room: str

    async def say(self, key: str) -> None:
        """A message whose id is the key and whose text tells of it."""
        await self.visitor.say(self.room, text_of(key), _id=key)

    async def try_to_say(self, key: str) -> httpx.Response:
        body = {"token": self.visitor.token, "rid": self.room, "msg": text_of(key), "_id": key}
        return await self.visitor.nobody.call("POST", "livechat/message", json=body)

    async def page(self, offset: int = 0) -> list[Json]:
        path = f"livechat/messages.history/{self.room}"
        query = {"token": self.visitor.token, "count": 100, "offset": offset}
        found: list[Json] = (await self.visitor.nobody.get(path, **query))["messages"]
        return found


def text_of(key: str) -> str:
    return f"text of {key}"


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60) as http:
        yield http


async def start_chats(http: httpx.AsyncClient, amount: int) -> list[Chat]:
    """So many visitors, each in a room of their own, which nobody serves."""
    nobody = Client(http)
    data = (await nobody.post("login", user=KNOWN_ADMIN, password=KNOWN_ADMIN))["data"]
    admin = Client(http, {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})
    await admin.post("settings/Livechat_accept_chats_with_no_agents", value=True)
    chats = []
    for n in range(amount):
        answer = await nobody.post("livechat/visitor", visitor={"token": f"token{n}"})
        visitor = Visitor(nobody, f"token{n}", answer["visitor"])
        chats.append(Chat(visitor, (await visitor.room())["_id"]))
    return chats
