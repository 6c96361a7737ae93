"""The feed: every event of the database, told to who listens in this process.

It reads the outbox from where it stands whenever an act of this process was committed, when another
process says so, and every few seconds in case nobody could say it (a command beside the server, a
connection that broke). So nothing depends on a message between processes but how soon it is told.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from parley.clock import now
from parley.db import Database
from parley.db.documents import Doc, encode
from parley.errors import Unavailable
from parley.events import Event, tail

log = logging.getLogger("parley.realtime")

LOOKS_EVERY_SECONDS = 2.0
ANY_NUMBER = 2**62

Listener = Callable[[Event], None]


class Batch(NamedTuple):
    """What was read at once, for who must know where each event stands."""

    seen: str
    upto: str
    events: list[Event]


class _Signal(msgspec.Struct):
    stream: str
    kind: str
    doc: Doc


class Feed:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._listeners: dict[str | None, dict[object, Listener]] = {}
        self._followers: dict[object, Callable[[Batch], None]] = {}
        self._wake = asyncio.Event()
        self._looks: list[asyncio.Future[None]] = []
        self._bus = db.bus(self._hear)
        self.ready = asyncio.Event()
        """Set when `run` knows where it stands: events committed from then on are told."""
        self.epoch = ""
        self.horizon = ""
        """What has been told, since it is ready."""

    async def run(self) -> None:
        """Until it is cancelled."""
        self._db.told.append(self._committed)
        bus = asyncio.create_task(self._bus.run()) if self._bus is not None else None
        try:
            while True:
                self._wake.clear()
                looks, self._looks = self._looks, []
                try:
                    await self._catch_up()
                    for look in looks:
                        if not look.done():
                            look.set_result(None)
                except Unavailable as error:
                    log.warning("events: %s", error)
                    self._looks += looks
                    await asyncio.sleep(LOOKS_EVERY_SECONDS)
                await self._woken()
        finally:
            self._db.told.remove(self._committed)
            if bus is not None:
                bus.cancel()
                await asyncio.gather(bus, return_exceptions=True)

    def listen(self, stream: str | None, listener: Listener) -> Callable[[], None]:
        """`listener` is told each event committed after this call, whatever process wrote it:
        once, in order within a stream. Of all streams without `stream`. Answers what ends it.

        It must neither wait nor raise. One that was committed just before may be told as well.
        """
        key = object()
        self._listeners.setdefault(stream, {})[key] = listener

        def end() -> None:
            listeners = self._listeners.get(stream, {})
            listeners.pop(key, None)
            if not listeners:
                self._listeners.pop(stream, None)

        return end

    def follow(self, follower: Callable[[Batch], None]) -> Callable[[], None]:
        """Told all that is read, in its batches and without signals. Answers what ends it."""
        key = object()
        self._followers[key] = follower
        return lambda: (self._followers.pop(key, None), None)[1]

    async def look(self) -> None:
        """Returns when everything has been told that was committed before this call."""
        look = asyncio.get_running_loop().create_future()
        self._looks.append(look)
        self._wake.set()
        await look

    async def signal(self, stream: str, kind: str, doc: Doc) -> None:
        """Tells what is not kept (typing) to the listeners of every process; its number is 0.

        ValueError when it is larger than 6 KB.
        """
        text = encode({"stream": stream, "kind": kind, "doc": doc})
        if len(text) > 6000:
            raise ValueError("too large for a signal")
        if self._bus is not None:
            self._bus.say(text)
        self.tell_here(Event(stream, 0, kind, doc, now()))

    def _committed(self) -> None:
        self._wake.set()
        if self._bus is not None:
            self._bus.say("")

    def _hear(self, text: str) -> None:
        if not text:
            self._wake.set()
            return
        try:
            said = msgspec.json.decode(text, type=_Signal)
        except msgspec.DecodeError:  # of a newer parley, beside us while it is rolled out
            return
        self.tell_here(Event(said.stream, 0, said.kind, said.doc, now()))

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(LOOKS_EVERY_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _catch_up(self) -> None:
        if not self.epoch:
            self.epoch = await self._db.act(tail.settle)
            self.horizon = await self._db.read(tail.horizon)
            self.ready.set()
            self._follow(Batch("", self.horizon, []))
        seen = self.horizon
        upto, events = await self._db.read(tail.unseen, seen, ANY_NUMBER)
        # First: a listener that fails must not have the others told twice.
        self.horizon = upto
        for event in events:
            self.tell_here(event)
        if events:
            self._follow(Batch(seen, upto, events))

    def _follow(self, batch: Batch) -> None:
        for follower in list(self._followers.values()):
            follower(batch)

    def tell_here(self, event: Event) -> None:
        """To the listeners of this process only."""
        for stream in (event.stream, None):
            for listener in list(self._listeners.get(stream, {}).values()):
                try:
                    listener(event)
                except Exception as error:
                    log.error("a listener failed: %s", type(error).__name__, exc_info=error)
