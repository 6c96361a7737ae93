"""One connection: the handshake, and its frames one after another (realtime.md §2-4).

A client may send frames without waiting. They are done in the order they came in, a login before
what follows it; only `ping` is answered out of turn.
"""

import asyncio
import logging
from collections import deque
from typing import Any

import msgspec

from parley.accounts.identify import Person
from parley.ids import random_id
from parley.messages.methods import NOTHING
from parley.realtime.ddp import came_back, codes, methods, visitors
from parley.realtime.ddp.failures import failure
from parley.realtime.ddp.frames import FAILED, GREETING, added, frame
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.ddp.pace import Pace
from parley.realtime.ddp.subscriptions import NOT_ALLOWED, Subscriptions, wants_collection
from parley.realtime.ddp.tally import FRAMES
from parley.realtime.ddp.wire import Gone, Wire
from parley.web.body import refuse_unstorable

log = logging.getLogger("parley.realtime")

VERSIONS = ("1", "pre2", "pre1")
HANDSHAKE_SECONDS = 10.0
SILENCE_SECONDS = 30.0
"""Of the client, until it is asked whether it is there; and again, until it is given up."""
BURST, EACH_SECOND = 2000, 100
"""Frames of one connection; a widget sends some ten, then one for each message and typing."""
LATE_SECONDS = 5.0
"""A server that was stopped or starved for so long has not read what its clients said meanwhile."""
MOST_WAITING = 64
"""Frames that wait for their turn; then the socket is not read."""
LONGEST_ID = 256

_decode = msgspec.json.Decoder().decode


class Ended(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason


class Connection:
    __slots__ = (
        "_connected",
        "_heard_at",
        "_loop",
        "_office",
        "_pace",
        "_pinged",
        "_timer",
        "_turn",
        "_waiting",
        "_worker",
        "ended",
        "peer",
        "session",
        "subscriptions",
        "wire",
    )

    def __init__(self, office: Office, wire: Wire, person: Person, address: str) -> None:
        self._office = office
        self._loop = asyncio.get_running_loop()
        self.wire = wire
        self.session = random_id()
        self.peer = Peer(self.session, address, wire.write, person)
        self.subscriptions = Subscriptions(office.hub, self)
        self.ended: asyncio.Future[Ended | None] = self._loop.create_future()
        """Why it is to be closed; None when the client went."""
        self._connected = self._pinged = False
        # Nearly all connections are idle, so what only a busy one needs is made when it is: an
        # empty deque takes 760 bytes, and an event holds one.
        self._waiting: deque[dict[str, Any]] | None = None
        self._turn: asyncio.Event | None = None
        self._worker: asyncio.Task[None] | None = None
        self._heard_at = self._loop.time()
        self._pace = Pace(BURST, EACH_SECOND, self._heard_at)
        self._timer = self._loop.call_later(HANDSHAKE_SECONDS, self._look)
        wire.dropped = lambda: self.end(codes.SLOW, "too slow")
        wire.write(GREETING)

    def end(self, code: int, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(Ended(code, reason))

    def read(self, reading: "asyncio.Task[Ended | None]") -> None:
        """The reading has come to its end."""
        if self.ended.done() or reading.cancelled():
            return
        if (error := reading.exception()) is not None:
            log.error("unexpected error", exc_info=error)
            self.end(codes.FAILED, "Internal server error")
        else:
            self.ended.set_result(reading.result())

    async def receive(self, text: str | None) -> None:
        """A message from the socket; None for one that is not text. Raises Ended."""
        FRAMES["in"] += 1
        self._heard_at = self._loop.time()
        self._pinged = False
        if not self._pace.take(self._heard_at):
            raise Ended(codes.REFUSED, "too many frames")
        self._accept(_parsed(text))
        while self._waiting is not None and len(self._waiting) >= MOST_WAITING:
            self._turn = asyncio.Event()
            await self._turn.wait()

    def _accept(self, sent: dict[str, Any]) -> None:
        kind = sent.get("msg")
        if not self._connected:
            self._connect(sent)
        elif kind == "ping":
            self.wire.write(frame("pong", **({"id": sent["id"]} if "id" in sent else {})))
        elif kind in ("method", "sub", "unsub"):
            _check(sent)
            if self._waiting is None:
                self._waiting = deque()
            self._waiting.append(sent)
            if self._worker is None:
                self._worker = asyncio.create_task(self._work())
        elif kind != "pong":
            reason = "Already connected" if kind == "connect" else "Unknown message type"
            self.wire.write(frame("error", reason=reason, offendingMessage=sent))

    def _connect(self, sent: dict[str, Any]) -> None:
        if sent.get("msg") != "connect":
            raise Ended(codes.PROTOCOL, "Must connect first")
        if sent.get("version") not in VERSIONS:
            self.wire.write(FAILED)
            raise Ended(codes.DONE, "no version in common")
        self._connected = True
        self.wire.write(frame("connected", session=self.session))

    async def _work(self) -> None:
        try:
            while self._waiting and not self.wire.closed:
                sent = self._waiting.popleft()
                self._next()
                await self._do(sent)
                await self.wire.drained()
                if self.peer.leaves:
                    self.end(codes.DONE, "logged out")
                    return
        except Gone:
            pass
        except Exception as error:
            log.error("unexpected error", exc_info=error)
            self.end(codes.FAILED, "Internal server error")
        finally:
            self._worker = None
            if not self._waiting:
                self._waiting = None
            self._next()

    def _next(self) -> None:
        """There is room for who waits to have a frame accepted."""
        if self._turn is not None:
            self._turn.set()
            self._turn = None

    async def _do(self, sent: dict[str, Any]) -> None:
        kind, key = sent["msg"], sent["id"]
        if kind == "unsub":
            if self.subscriptions.close(key):
                self.wire.write(frame("nosub", id=key))
        elif kind == "sub":
            await self._subscribe(key, sent)
        else:
            await self._call(key, sent)

    async def _subscribe(self, key: str, sent: dict[str, Any]) -> None:
        try:
            refuse_unstorable(sent)
            await self.identify()
            name, params = sent["name"], _params(sent)
            await self.subscriptions.open(self._office, self.peer, key, name, params)
        except Exception as error:
            self.wire.write(frame("nosub", id=key, error=failure(error)))
        else:
            if wants_collection(params):
                self.wire.write(added(name, params[0]))
            self.wire.write(frame("ready", subs=[key]))

    async def _call(self, key: str, sent: dict[str, Any]) -> None:
        more: dict[str, Any] = {}
        try:
            refuse_unstorable(sent)
            await self.identify()
            name = sent["method"]
            result = await methods.call(self._office, self.peer, name, key, _params(sent))
            more = {} if result is NOTHING else {"result": result}
        except Exception as error:
            more = {"error": failure(error)}
        else:
            await came_back.look(self._office, self, name, _params(sent))
        self.wire.write(frame("result", id=key, **more))
        self.wire.write(frame("updated", methods=[key]))

    async def identify(self) -> None:
        """Who it is now: rights, settings and logins change while the connection lives."""
        peer = self.peer
        peer.person = await self._office.identify.known(peer.token_hash, peer.user_id)
        if peer.user_id and peer.person.user_id is None:
            peer.leave()
            self.end(codes.REFUSED, "the login is over")

    async def recheck(self) -> None:
        """Ends what the person may no longer hear."""
        await self.identify()
        for key in await self.subscriptions.refused(self._office, self.peer):
            self.drop(key)

    def drop(self, key: str) -> None:
        if self.subscriptions.close(key):
            self.wire.write(frame("nosub", id=key, error=failure(NOT_ALLOWED)))

    def _look(self) -> None:
        """Whether the client is still there; one timer, however many frames it sends."""
        late = self._loop.time() - self._timer.when() > LATE_SECONDS
        if not self._connected:
            if late:
                self._timer = self._loop.call_later(HANDSHAKE_SECONDS, self._look)
            else:
                self.end(codes.PROTOCOL, "no connect")
            return
        silent = self._loop.time() - self._heard_at
        if silent < SILENCE_SECONDS:
            wait = SILENCE_SECONDS - silent
        elif self._pinged and not late:
            self.end(codes.SILENT, "no answer to ping")
            return
        else:
            self._pinged = True
            self.wire.write(frame("ping"))
            wait = SILENCE_SECONDS
        self._timer = self._loop.call_later(wait, self._look)

    async def close(self, *, stopping: bool) -> None:
        """What it held is let go; what it is doing now is done to its end.

        `stopping`: the server stops. Its visitors come to the next one: none of them has left.
        """
        self._timer.cancel()
        self._waiting = None
        self.subscriptions.close_all()
        if self._worker is not None:
            await asyncio.wait([self._worker])
            self.subscriptions.close_all()
        self.peer.leave()
        if not stopping:
            visitors.left(self.peer)


def _parsed(text: str | None) -> dict[str, Any]:
    if text is None:
        raise Ended(codes.BAD_DATA, "text frames only")
    try:
        sent = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Ended(codes.BAD_DATA, "not JSON") from None
    if not isinstance(sent, dict):
        raise Ended(codes.BAD_DATA, "not a JSON object")
    return sent


def _check(sent: dict[str, Any]) -> None:
    """An id, and what is called or subscribed to: without them nobody could be answered."""
    names = {"method": "method", "sub": "name", "unsub": "id"}
    for field in ("id", names[sent["msg"]]):
        value = sent.get(field)
        if not isinstance(value, str) or not value or len(value) > LONGEST_ID:
            raise Ended(codes.PROTOCOL, f"{sent['msg']} needs its {field}")


def _params(sent: dict[str, Any]) -> list[Any]:
    params = sent.get("params")
    return params if isinstance(params, list) else []
