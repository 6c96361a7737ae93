"""A server in this process, with real sockets, and a client that speaks DDP to it."""

import asyncio
import itertools
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from parley.app import Application, build_app
from parley.config import Config
from parley.db import Database
from parley.serve import make_server

Json = dict[str, Any]
SECONDS = 60
NOBODY: Json = {}


def anything(*args: Any) -> bool:
    return True


async def until(test: Callable[[], bool]) -> None:
    """For what nothing tells of."""
    async with asyncio.timeout(SECONDS):
        while not test():  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.01)


class Live:
    def __init__(self, app: Application | None, url: str) -> None:
        """Without `app`, of a server that is a process of its own."""
        self._app = app
        self.url = url.replace("http", "ws", 1) + "/websocket"
        self.stop: Callable[[], Any] = NOBODY.clear
        self.connections: Callable[[], set[Any]] = set
        """What uvicorn holds."""

    @property
    def app(self) -> Application:
        assert self._app is not None
        return self._app

    @asynccontextmanager
    async def raw(self) -> AsyncIterator["Ddp"]:
        """A socket on which nothing was said yet."""
        async with connect(self.url, ping_interval=None) as socket:
            ddp = Ddp(socket, self)
            yield ddp
            await ddp.end()

    @asynccontextmanager
    async def client(self, token: str = "") -> AsyncIterator["Ddp"]:
        """Connected; with a login token also logged in.

        What was done before has been told: whoever subscribes hears of what comes, and no more.
        """
        await self.told()
        async with self.raw() as ddp:
            await ddp.send(msg="connect", version="1", support=["1"])
            await ddp.find(lambda f: f.get("msg") == "connected")
            if token:
                assert "error" not in await ddp.call("login", {"resume": token})
                await self.told()
            yield ddp

    async def told(self) -> None:
        """Returns when the frames of all that was committed before this call are written.

        At once for a server that is a process of its own: of that nobody here knows.
        """
        if self._app is not None:
            await self._app.realtime.feed.look()
            delivery = self._app.realtime.ddp._delivery
            await until(lambda: not delivery._events)


class Ddp:
    """Keeps every frame that came; `find` waits for one that came or is to come."""

    def __init__(self, socket: ClientConnection, live: Live) -> None:
        self.socket = socket
        self._live = live
        self.frames: list[Json] = []
        self.texts: list[str] = []
        self.code: int | None = None
        self._ids = map(str, itertools.count(1))
        self._more = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                self.texts.append(str(text))
                async with self._more:
                    self.frames.append(json.loads(text))
                    self._more.notify_all()
        except ConnectionClosed:
            pass
        async with self._more:
            self.code = self.socket.close_code
            self._more.notify_all()

    async def end(self) -> None:
        await self.socket.close()
        await self._reader

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def find(self, wanted: Callable[[Json], Any], start: int = 0) -> Json:
        """The first frame from `start` on."""
        async with asyncio.timeout(SECONDS), self._more:
            while True:
                for frame in self.frames[start:]:
                    if wanted(frame):
                        return frame
                assert self.code is None, f"closed with {self.code}: {self.frames[-3:]}"
                await self._more.wait()

    async def closed(self) -> int | None:
        async with asyncio.timeout(SECONDS):
            await asyncio.shield(self._reader)
        return self.code

    async def call(self, method: str, *params: Any) -> Json:
        """The whole frame of the result."""
        key = next(self._ids)
        await self.send(msg="method", id=key, method=method, params=list(params))
        return await self.find(lambda f: f.get("msg") == "result" and f["id"] == key)

    async def sub(self, name: str, event: str, *extra: Any, key: str = "") -> str:
        """`ready`, or the code of the refusal."""
        key = key or "s" + next(self._ids)
        params = [event, {"useCollection": False, "args": list(extra)}]
        await self.send(msg="sub", id=key, name=f"stream-{name}", params=params)
        answer = await self.find(
            lambda f: f.get("subs") == [key] or (f.get("msg") == "nosub" and f["id"] == key)
        )
        return "ready" if answer["msg"] == "ready" else str(answer["error"]["error"])

    async def heard(
        self, stream: str, event: str, wanted: Callable[..., Any] = anything
    ) -> list[Any]:
        """The arguments of the first event that is wanted."""
        frame = await self.find(
            lambda f: (
                f.get("collection") == f"stream-{stream}"
                and f["fields"].get("eventName") == event
                and wanted(*f["fields"]["args"])
            )
        )
        args: list[Any] = frame["fields"]["args"]
        return args

    def events(self, stream: str, event: str) -> list[list[Any]]:
        """All that came so far."""
        return [
            f["fields"]["args"]
            for f in self.frames
            if f.get("collection") == f"stream-{stream}" and f["fields"]["eventName"] == event
        ]

    async def settled(self) -> None:
        """All that was done before now was told, and is here."""
        await self._live.told()
        key = next(self._ids)
        await self.send(msg="ping", id=key)
        await self.find(lambda f: f.get("msg") == "pong" and f.get("id") == key)


@asynccontextmanager
async def open_live(db: Database) -> AsyncIterator[Live]:
    config = Config(test_mode=True, port=0)
    app = build_app(config, db)
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def started(url: str) -> None:
        listening.set_result(url)

    server = make_server(config, app, started)
    running = asyncio.create_task(app.realtime.run())
    serving = asyncio.create_task(server.serve())
    await app.realtime.feed.ready.wait()
    live = Live(app, await listening)
    live.stop = lambda: server.handle_exit(signal.SIGTERM, None)
    live.connections = lambda: server.server_state.connections
    yield live
    live.stop()
    await serving
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
