"""Readers whose connections are cut at random, while many write: what do they miss?

Used by the tests for seconds, and by `./dev bench events` for a minute.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from parley.db import Reader, open_database
from parley.testmode import KNOWN_ADMIN
from tests.faults.chats import Chat, start_chats
from tests.office import Client
from tests.realtime.listening import PATH, frames_of

LONGEST_BYTES = 12_000
WRITERS = 4
LEAST_CUTS = 5


class Proxy:
    """Takes connections for one of several servers, and cuts each after so many bytes."""

    def __init__(self, ports: list[int], seed: int) -> None:
        self._ports = ports
        self._random = random.Random(seed)
        self._open: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.cutting = True
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._random.choice(self._ports)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        sending = asyncio.create_task(self._carry(reader, up_writer, None))
        try:
            with contextlib.suppress(OSError):
                await self._carry(up_reader, writer, self._random.randrange(200, LONGEST_BYTES))
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            for each in (writer, up_writer):
                each.transport.abort()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None
    ) -> None:
        carried = 0
        while piece := await reader.read(4096):
            if most is not None and self.cutting and carried + len(piece) > most:
                # In the middle of whatever it is.
                writer.write(piece[: most - carried])
                await writer.drain()
                self.cuts += 1
                return
            writer.write(piece)
            await writer.drain()
            carried += len(piece)


@dataclass
class Following:
    """A client that comes back with its cursor."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    query: dict[str, str]
    cursor: str = ""
    snapshots: int = 0
    told: list[tuple[str, int]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while True:
            headers = self.headers | ({"Last-Event-ID": self.cursor} if self.cursor else {})
            with contextlib.suppress(httpx.TransportError):
                async with self.http.stream(
                    "GET", PATH, headers=headers, params=self.query
                ) as response:
                    assert response.status_code == 200, await response.aread()
                    await self._read(response)

    async def _read(self, response: httpx.Response) -> None:
        rest = ""
        async for piece in response.aiter_text():
            *whole, rest = (rest + piece).split("\n\n")
            for frame in frames_of("\n\n".join(whole)):
                self.cursor = frame.id or self.cursor
                if frame.event == "snapshot":
                    self.snapshots += 1
                    self.begun.set()
                elif frame.event == "event":
                    self.told.append((frame.data["stream"], frame.data["number"]))
            self.more.set()

    async def caught_up(self, expected: dict[str, list[int]]) -> None:
        """Returns when they have the last of each stream, or will not."""
        wanted = {(stream, numbers[-1]) for stream, numbers in expected.items() if numbers}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while not wanted <= set(self.told):
                    self.more.clear()
                    await self.more.wait()


@dataclass
class Report:
    events: int = 0
    cuts: int = 0
    missed: int = 0
    doubled: int = 0
    disordered: int = 0
    snapshots: int = 0

    def add(self, following: Following, expected: dict[str, list[int]]) -> None:
        streams: dict[str, list[int]] = {stream: [] for stream in expected}
        for stream, number in following.told:
            if stream in streams:
                streams[stream].append(number)
        self.snapshots += following.snapshots
        for stream, numbers in streams.items():
            self.events += len(expected[stream])
            self.missed += len(set(expected[stream]) - set(numbers))
            self.doubled += sum(n - 1 for n in Counter(numbers).values())
            self.disordered += sum(a > b for a, b in pairwise(numbers))


async def hold(urls: list[str], database_url: str, seconds: float, seed: int = 1) -> Report:
    """Writes for so long through all the servers; readers come by a proxy that cuts."""
    proxy = Proxy([int(url.rpartition(":")[2]) for url in urls], seed)
    await proxy.start()
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=0)
    async with (
        httpx.AsyncClient(base_url=proxy.url, limits=limits, timeout=30) as cut,
        contextlib.AsyncExitStack() as stack,
    ):
        clients = [httpx.AsyncClient(base_url=url, timeout=60) for url in urls]
        for client in clients:
            await stack.enter_async_context(client)
        chats = await start_chats(clients[0], 6)
        admin = await log_in(clients[0])
        readers = [Following(cut, admin.headers, {}) for _ in range(2)]
        for chat in chats[:2]:
            query = {"token": chat.visitor.token, "rid": chat.room}
            readers.append(Following(cut, {}, query))
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        # The first snapshot may be larger than the proxy lets through.
        proxy.cutting = False
        await asyncio.gather(*(asyncio.wait_for(r.begun.wait(), 60) for r in readers))
        proxy.cutting = True
        before = await _numbers(database_url)
        await _write(clients, chats, seconds, lambda: proxy.cuts >= LEAST_CUTS)
        proxy.cutting = False
        after = await _numbers(database_url)
        expected = {
            stream: list(range(before.get(stream, 0) + 1, last + 1))
            for stream, last in after.items()
            if stream.startswith(("room:", "queue:"))
        }
        report = Report(cuts=proxy.cuts)
        for reader in readers:
            rid = reader.query.get("rid")
            streams = {k: v for k, v in expected.items() if rid is None or k == f"room:{rid}"}
            await reader.caught_up(streams)
            report.add(reader, streams)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
    await proxy.stop()
    return report


async def log_in(http: httpx.AsyncClient) -> Client:
    """The admin. This client then reads each answer to its end, to compare it with the
    description: what lasts needs another."""
    body = {"user": KNOWN_ADMIN, "password": KNOWN_ADMIN}
    data = (await Client(http).post("login", **body))["data"]
    return Client(http, {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})


async def _write(
    clients: list[httpx.AsyncClient],
    chats: list[Chat],
    seconds: float,
    enough: Callable[[], bool],
) -> None:
    """For so long, and on a slow machine until it is enough."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds

    async def write(number: int) -> None:
        n = number
        while loop.time() < ends or not enough():
            chat, http = chats[n % len(chats)], clients[n % len(clients)]
            n += WRITERS
            body = {"token": chat.visitor.token, "rid": chat.room, "msg": f"message {n}"}
            response = await http.post("/api/v1/livechat/message", json=body)
            assert response.status_code == 200, response.text
            if n % 10 == 0:
                # Two streams at once, in rooms that nobody reads alone.
                await http.post("/api/v1/livechat/visitor", json={"visitor": {"token": f"new{n}"}})
                await http.get("/api/v1/livechat/room", params={"token": f"new{n}"})

    await asyncio.gather(*(write(number) for number in range(WRITERS)))


async def _numbers(database_url: str) -> dict[str, int]:
    async def newest(q: Reader) -> dict[str, int]:
        rows = await q.rows("SELECT name, last FROM streams WHERE name <> ''")
        return {row[0]: row[1] for row in rows}

    db = await open_database(database_url, serving=False)
    try:
        return await db.read(newest)
    finally:
        await db.close()
