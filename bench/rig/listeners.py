"""An office with visitors who listen, for benchmarks."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from bench.rig.sockets import Socket, open_socket
from parley.testmode import KNOWN_ADMIN

AT_ONCE = 100
"""Sockets that are being opened."""
LOOPBACK = "127.0.0.1"

Heard = Callable[[bytes], None]


class Count:
    """Until so many texts that hold `mark` were heard."""

    def __init__(self, mark: bytes) -> None:
        self.mark, self.left = mark, 0
        self._done = asyncio.Event()

    def heard(self, text: bytes) -> None:
        if self.mark in text:
            self.left -= 1
            if not self.left:
                self._done.set()

    async def of(self, number: int, act: Callable[[], Any]) -> None:
        self.left = number
        self._done.clear()
        result = act()
        if result is not None:
            await result
        await self.done()

    async def done(self) -> None:
        try:
            async with asyncio.timeout(120):
                await self._done.wait()
        except TimeoutError:
            raise TimeoutError(f"{self.left} did not hear {self.mark!r}") from None


class Office:
    """An office in test mode with one agent, and visitors in their rooms."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.headers: dict[str, str] = {}

    async def call(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1/{path}", headers=self.headers, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def prepare(self) -> None:
        data = (
            await self.call("POST", "login", json={"user": KNOWN_ADMIN, "password": KNOWN_ADMIN})
        )["data"]
        self.headers = {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}
        await self.call("POST", "livechat/users/agent", json={"username": KNOWN_ADMIN})
        await self.call("POST", "users.setStatus", json={"status": "online"})

    async def room(self, token: str) -> str:
        await self.call("POST", "livechat/visitor", json={"visitor": {"token": token}})
        room = await self.call("GET", "livechat/room", params={"token": token})
        return str(room["room"]["_id"])

    async def say(self, room_id: str, text: str) -> None:
        await self.call("POST", "chat.sendMessage", json={"message": {"rid": room_id, "msg": text}})


async def connected(port: int, sources: list[str], heard: list[Heard]) -> list[Socket]:
    """Sockets that have shaken hands, a few at a time, from these addresses in turn."""
    hello, few = Count(b'"connected"'), asyncio.Semaphore(AT_ONCE)
    hello.left = len(heard)

    async def open_one(n: int) -> Socket:
        def hear(text: bytes) -> None:
            hello.heard(text)
            heard[n](text)

        async with few:
            socket = await open_socket(port, hear, sources[n % len(sources)])
            socket.say(msg="connect", version="1")
            return socket

    sockets = await asyncio.gather(*map(open_one, range(len(heard))))
    await hello.done()
    return sockets


async def listening(sockets: list[Socket], ready: Count, room_id: str, token: str) -> None:
    params = [room_id, {"args": [{"token": token, "visitorToken": token}]}]

    async def subscribe() -> None:
        for n, socket in enumerate(sockets):
            socket.say(msg="sub", id="s", name="stream-room-messages", params=params)
            if n % AT_ONCE == 0:
                await asyncio.sleep(0)  # for the pings of the others

    try:
        await ready.of(len(sockets), subscribe)
    except TimeoutError as error:
        closed = Counter(socket.why for socket in sockets if socket.closed)
        raise TimeoutError(f"{error}; closed by the server: {dict(closed)}") from None
