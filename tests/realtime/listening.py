"""Listening to the application in this process, without sockets; and what a client makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from httpx import QueryParams

from parley.app import Application, build_app
from parley.config import Config
from parley.realtime.reader import VisitorReader
from tests.described import description
from tests.office import Client, Office

Json = dict[str, Any]
PATH = "/api/v1/livechat/events"


class Frame(NamedTuple):
    id: str
    event: str
    data: Json


def frames_of(text: str) -> list[Frame]:
    """Of whole frames; comments and frames without data are left out, but for their ids."""
    found = []
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        if "id" in fields or "data" in fields:
            data = msgspec.json.decode(fields.get("data", "{}"))
            found.append(Frame(fields.get("id", ""), fields.get("event", ""), data))
    return found


class Listener:
    """One connection. `cursor` is where it stands, as a browser would remember it."""

    def __init__(self, app: Application, query: Json, headers: dict[str, str]) -> None:
        self.frames: list[Frame] = []
        self.cursor = ""
        self.status = 0
        self.ended = False
        self._rest = ""
        self._more = asyncio.Event()
        self._gone = asyncio.Event()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": str(QueryParams(query)).encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "state": {},
        }
        self._blocked = asyncio.Event()
        self._blocked.set()
        self.task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Application, scope: Json) -> None:
        await app(scope, self._receive, self._send)
        self.ended = True
        self._more.set()

    async def _receive(self) -> Json:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._blocked.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        *whole, self._rest = (self._rest + message["body"].decode()).split("\n\n")
        for frame in frames_of("\n\n".join(whole)):
            self.cursor = frame.id or self.cursor
            if frame.event:
                assert description().event(PATH, frame.event, frame.data) is None, frame
                self.frames.append(frame)
        self._more.set()

    def block(self) -> None:
        """Takes nothing any more."""
        self._blocked.clear()

    def unblock(self) -> None:
        self._blocked.set()

    async def until(self, test: Any) -> None:
        """Returns when `test(frames)` holds."""
        async with asyncio.timeout(60):
            while not test(self.frames):
                assert not self.ended, self.frames
                self._more.clear()
                await self._more.wait()

    async def end(self) -> None:
        """Returns when the server has ended it."""
        async with asyncio.timeout(60):
            await self.task

    async def leave(self) -> None:
        self._gone.set()
        await self.end()


class Live:
    """An application that serves events, over the office's database."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.app = build_app(Config(test_mode=True), office.db)
        self._listeners: list[Listener] = []

    def listen(self, who: Client, since: str = "", **query: Any) -> Listener:
        if since:
            query["since"] = since
        listener = Listener(self.app, query, who.headers)
        self._listeners.append(listener)
        return listener

    async def settled(self) -> None:
        """Returns when the listeners have all that was committed before this call."""
        hub = self.app.realtime.hub
        marker = VisitorReader("", "", "")
        await hub.join(marker)
        hub.leave(marker)
        quiet = 0
        while quiet < 20:
            await asyncio.sleep(0)
            quiet = 0 if any(reader.waits for reader in hub.readers) else quiet + 1

    async def leave(self) -> None:
        for listener in self._listeners:
            listener.unblock()
            if not listener.ended:
                await listener.leave()


@asynccontextmanager
async def live(office: Office) -> AsyncIterator[Live]:
    here = Live(office)
    running = asyncio.create_task(here.app.realtime.run())
    await here.app.realtime.feed.ready.wait()
    try:
        yield here
    finally:
        await here.leave()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class State:
    """What a client knows: made of a snapshot, kept up by events."""

    def __init__(self) -> None:
        self.rooms: dict[str, Json] = {}
        self.inquiries: dict[str, Json] = {}
        self.subscriptions: dict[str, Json] = {}
        self.user: Json | None = None
        self.messages: dict[str, Json] = {}
        self.numbers: dict[str, int] = {}

    def follow(self, frames: list[Frame]) -> None:
        for frame in frames:
            getattr(self, f"_{frame.event}")(frame.data)

    def _snapshot(self, data: Json) -> None:
        assert data["complete"]
        self.rooms = {r["_id"]: r for r in data.get("rooms", [])}
        self.inquiries = {i["_id"]: i for i in data.get("inquiries", [])}
        self.subscriptions = {s["rid"]: s for s in data.get("subscriptions", [])}
        self.user = data.get("user")
        if "room" in data:
            self.rooms = {data["room"]["_id"]: data["room"]}
            self.messages = {m["_id"]: m for m in data["messages"]}

    def _view(self, data: Json) -> None:
        for name in ("rooms", "inquiries"):
            there = set(data[name])
            setattr(self, name, {k: v for k, v in getattr(self, name).items() if k in there})
        there = set(data["subscriptions"])
        mine = self.subscriptions
        self.subscriptions = {k: v for k, v in mine.items() if v["_id"] in there}

    def _signal(self, data: Json) -> None:
        assert data["number"] == 0

    def _event(self, data: Json) -> None:
        stream, number = data["stream"], data["number"]
        assert number > self.numbers.get(stream, 0), data
        self.numbers[stream] = number
        scope, _, key = stream.partition(":")
        room_id = data["ids"].get("rid", data["ids"].get("_id", "")) if scope != "room" else key
        if "room" in data:
            self._put(self.rooms, room_id, data["room"])
            if data["room"] is None and scope == "room":
                self._put(self.inquiries, self._inquiry_of(key), None)
                self.subscriptions.pop(key, None)
        if "inquiry" in data:
            found = data["inquiry"]
            key_of = found["_id"] if found else data["ids"].get("_id", "")
            if scope == "room" and not found:
                key_of = self._inquiry_of(key)
            waits = found is not None and found["status"] in ("queued", "ready")
            self._put(self.inquiries, key_of, found if waits else None)
        if "subscription" in data:
            self._put(self.subscriptions, room_id, data["subscription"])
        if "user" in data:
            self.user = data["user"]
        if "message" in data:
            self._put(self.messages, data["ids"]["_id"], data["message"])

    def _inquiry_of(self, room_id: str) -> str:
        found = [k for k, inquiry in self.inquiries.items() if inquiry["rid"] == room_id]
        return found[0] if found else ""

    @staticmethod
    def _put(table: dict[str, Json], key: str, doc: Json | None) -> None:
        if doc is None:
            table.pop(key, None)
        else:
            table[key] = doc
