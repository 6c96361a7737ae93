"""A routing service outside, which says what it is told to, and remembers who asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Outside:
    url: str = ""
    answers: list[bytes] = field(default_factory=list)
    """Whole responses, one after another; the last one stays."""
    asked: list[str] = field(default_factory=list)
    """Heads of requests."""

    def says(self, *bodies: str, status: str = "200 OK") -> None:
        self.answers = [
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            f"{body}".encode()
            for body in bodies
        ]
        self.asked.clear()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        await writer.drain()
        writer.close()


@asynccontextmanager
async def service() -> AsyncIterator[Outside]:
    outside = Outside()
    server = await asyncio.start_server(outside.answer, "127.0.0.1", 0)
    outside.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/next?of=office"
    async with server:
        yield outside
