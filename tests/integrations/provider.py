"""A provider on loopback: serves what it is given, and remembers what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs


@dataclass
class Received:
    head: str
    form: dict[str, list[str]]


@dataclass
class Provider:
    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    """Whole responses by path."""
    statuses: list[str] = field(default_factory=list)
    """Of the next posts; then `201 Created`."""
    got: list[Received] = field(default_factory=list)

    def serves(self, path: str, body: bytes, status: str = "200 OK", *more: str) -> str:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more]
        self.pages[path] = "\r\n".join([*head, "", ""]).encode() + body
        return self.url + path

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [
            line[15:] for line in head.splitlines() if line.lower()[:15] == "content-length:"
        ]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        self.got.append(Received(head, parse_qs(body.decode(), keep_blank_values=True)))
        path = head.split()[1]
        status = self.statuses.pop(0) if self.statuses else "201 Created"
        told = b'{"code": 21211, "message": "no number"}'
        plain = f"HTTP/1.1 {status}\r\nContent-Length: {len(told)}\r\nConnection: close\r\n\r\n"
        writer.write(self.pages.get(path, plain.encode() + told))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    served = Provider()
    server = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield served
