"""The WebSocket at `/websocket`: who is let in, how a socket ends, and how all do at a shutdown.

Any web site may open one: a visitor's widget stands on other people's pages. Nothing that a browser
adds by itself (a cookie) counts here; a login or a visitor's token is shown in the frames.
"""

import asyncio
import contextlib
from collections import Counter

from starlette.types import Receive, Scope, Send

from parley.accounts.identify import Identifier
from parley.config import Config, is_loopback
from parley.db import Database
from parley.errors import Unavailable
from parley.realtime.ddp import codes
from parley.realtime.ddp.connection import Connection, Ended
from parley.realtime.ddp.delivery import Delivery
from parley.realtime.ddp.hub import Hub
from parley.realtime.ddp.office import Office
from parley.realtime.ddp.positions import Positions
from parley.realtime.ddp.rights import everybody, recheck
from parley.realtime.ddp.tally import OPEN
from parley.realtime.ddp.wire import Wire
from parley.realtime.feed import Feed
from parley.realtime.hub import Hub as Events
from parley.realtime.presence import Presence
from parley.realtime.typing import Typing
from parley.web.address import client_address, has_proxy_headers
from parley.web.limits import Limiter

MOST_FROM_ADDRESS = 1000
"""Sockets of one address. This machine's are not counted: a proxy may be one of them."""
STOP_SECONDS = 2.0
SWEEP_SECONDS = 60.0
"""Until a login that ended elsewhere (a changed password) ends its sockets too."""


class Ddp:
    def __init__(
        self,
        config: Config,
        db: Database,
        identify: Identifier,
        feed: Feed,
        events: Events,
        presence: Presence,
        typing: Typing,
    ) -> None:
        limiter = Limiter(enabled=not config.test_mode)
        hub = Hub()
        self._positions = Positions(db, identify, hub)
        listens = self._positions.begins
        self._office = Office(db, identify, limiter, hub, events, presence, typing, listens)
        self._feed = feed
        self._config = config
        self._delivery = Delivery(self._office, self.come_back)
        self._from: Counter[str] = Counter()
        self._stopping = False
        self._empty = asyncio.Event()

    @property
    def hub(self) -> Hub:
        return self._office.hub

    async def run(self) -> None:
        """Until it is cancelled."""
        ends = [self._feed.listen(None, one.hear) for one in (self._delivery, self._positions)]
        beside = [asyncio.create_task(one) for one in (self._sweep(), self._positions.run())]
        try:
            await self._delivery.run()
        finally:
            for end in ends:
                end()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        address, refused = self._come(scope)
        if refused:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        self._from[address] += 1
        OPEN["all"] += 1
        try:
            await self._serve(receive, Wire(send), address)
        finally:
            OPEN["all"] -= 1
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]

    def _come(self, scope: Scope) -> tuple[str, bool]:
        """(the client's address, whether it is refused)."""
        headers = dict(scope["headers"])
        address = client_address(scope, headers, self._config.trusted_proxy)
        if self._stopping or (self._config.test_mode and has_proxy_headers(headers)):
            return address, True
        return address, not is_loopback(address) and self._from[address] >= MOST_FROM_ADDRESS

    async def _serve(self, receive: Receive, wire: Wire, address: str) -> None:
        try:
            nobody = await self._office.identify("", "")
        except Unavailable:
            await wire.close(codes.FAILED, "try again soon")
            return
        connection = Connection(self._office, wire, nobody, address)
        self.hub.connections.add(connection)
        reading = asyncio.create_task(_read(receive, connection))
        reading.add_done_callback(connection.read)
        try:
            ended = await connection.ended
            if ended is None:
                wire.gone()
            else:
                await wire.close(ended.code, ended.reason)
        finally:
            reading.cancel()
            self._leave(connection)
            await connection.close(stopping=self._stopping)

    def _leave(self, connection: Connection) -> None:
        connections = self.hub.connections
        connections.discard(connection)
        if not connections:
            self._empty.set()

    def come_back(self) -> None:
        self._end_all(codes.SLOW, "come back")

    def stop(self) -> None:
        """Closes every socket, so that its client knows; new ones are refused."""
        self._stopping = True
        self._end_all(codes.STOPPING, "the server stops")

    async def stopped(self) -> None:
        """When all are closed; for those who do not read, nobody waits."""
        if not self.hub.connections:
            return
        self._empty.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._empty.wait()

    def _end_all(self, code: int, reason: str) -> None:
        for connection in everybody(self.hub):
            connection.end(code, reason)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(Unavailable):
                for connection in everybody(self.hub):
                    await recheck(self.hub, [connection])
                    await asyncio.sleep(0)


async def _read(receive: Receive, connection: Connection) -> Ended | None:
    """How it ended; None for a client that went."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return None
        try:
            await connection.receive(message.get("text"))
        except Ended as ended:
            return ended
