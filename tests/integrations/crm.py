"""A receiver of webhooks that does as it is told, and remembers what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
HANGS = 0
"""The status of a receiver that never answers."""


@dataclass
class Sent:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found

    @property
    def event(self) -> str:
        return self.headers["x-parley-event-id"]


@dataclass
class Crm:
    url: str = ""
    got: list[Sent] = field(default_factory=list)
    """Requests, in the order in which they came whole, whatever was answered."""
    taken: list[Sent] = field(default_factory=list)
    """Those that were answered with 200."""
    status: Callable[[Sent], int] = lambda sent: 200
    answer: str = ""
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, amount: int) -> None:
        """Returns when it has taken so many."""
        while len(self.taken) < amount:
            self._came.clear()
            await self._came.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # the other side was killed
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        sent = Sent(headers, await reader.readexactly(int(headers["content-length"])))
        self.got.append(sent)
        status = self.status(sent)
        if status == HANGS:
            await reader.read()  # until the other side has had enough
        else:
            if status == 200:
                self.taken.append(sent)
                self._came.set()
            body = self.answer.encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()

    def bodies(self) -> list[Json]:
        return [sent.json for sent in self.got]

    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies()]


@asynccontextmanager
async def crm() -> AsyncIterator[Crm]:
    receiver = Crm()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver
