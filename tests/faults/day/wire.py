"""Calls of many clients on kept-alive connections, each made again until it is answered: what a
client does whose server dies and comes back. Leaner than httpx, which would be most of the day."""

import asyncio
import json
from collections import deque
from random import Random
from typing import Any, NamedTuple

Json = dict[str, Any]


class Answer(NamedTuple):
    status: int
    body: Json
    again: bool
    """Made more than once: what was not answered may have been done."""

    @property
    def good(self) -> bool:
        return self.status == 200

    @property
    def error(self) -> str:
        return str(self.body.get("errorType") or self.body.get("error"))


class Line:
    """One server, and its idle connections."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._where = host, int(port)
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()
        self._closed = False

    async def exchange(self, request: bytes) -> tuple[int, Json]:
        """Raises OSError or EOFError where there is no answer."""
        reader, writer = (
            self._idle.pop() if self._idle else await asyncio.open_connection(*self._where)
        )
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
        except BaseException:
            writer.close()
            raise
        if self._closed:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12]), json.loads(body)

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop()[1].close()


class Wire:
    """Servers come with `up`, and go with `down`; a call goes to any of those that are there."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lines: list[Line] = []
        self._there = asyncio.Event()
        self.made = self.repeated = 0

    def up(self, url: str) -> Line:
        self._lines.append(Line(url))
        self._there.set()
        return self._lines[-1]

    def down(self, line: Line) -> None:
        self._lines.remove(line)
        line.close()
        if not self._lines:
            self._there.clear()

    async def call(
        self, method: str, path: str, body: Json | None = None, headers: str = ""
    ) -> Answer:
        text = b"" if body is None else json.dumps(body).encode()
        more = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n" if text else ""
        head = f"{method} /api/v1/{path} HTTP/1.1\r\nHost: x\r\n{headers}{more}\r\n"
        request = head.encode() + text
        again = False
        while True:
            await self._there.wait()
            line = self._random.choice(self._lines)
            try:
                status, answer = await line.exchange(request)
            except (OSError, EOFError):
                # Its server dies, or has; whoever killed it says so in a moment.
                again = True
                self.repeated += 1
                await asyncio.sleep(0)
                continue
            self.made += 1
            assert status < 500, f"{method} {path}: {status} {answer}"
            return Answer(status, answer, again)

    def close(self) -> None:
        for line in self._lines:
            line.close()
