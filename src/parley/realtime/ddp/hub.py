"""Who listens to what in this process: (collection, event) -> connections."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from parley.realtime.ddp.frames import changed, framed
from parley.realtime.ddp.wire import Wire

AT_ONCE = 200
"""Sockets written to before others get their turn."""


class Listener(Protocol):
    """What the hub knows of a connection."""

    session: str
    wire: Wire


class Hub:
    def __init__(self) -> None:
        self._listeners: dict[tuple[str, str], dict[Listener, None]] = {}
        self._of_collection: Counter[str] = Counter()
        self.connections: set[Listener] = set()
        """All of this process, whatever they listen to."""
        self.rights = 0
        """How often somebody's rights were looked at anew."""

    def add(self, collection: str, event: str, listener: Listener) -> None:
        self._listeners.setdefault((collection, event), {})[listener] = None
        self._of_collection[collection] += 1

    def remove(self, collection: str, event: str, listener: Listener) -> None:
        heard = self._listeners[collection, event]
        del heard[listener]
        self._of_collection[collection] -= 1
        if not heard:
            del self._listeners[collection, event]

    def any(self, *collections: str) -> bool:
        """Whether anybody listens to anything of one of these."""
        return any(self._of_collection[name] for name in collections)

    def heard(self, collection: str, event: str) -> bool:
        return (collection, event) in self._listeners

    def listeners(self, collection: str, event: str) -> list[Listener]:
        return list(self._listeners.get((collection, event), ()))

    async def publish(self, collection: str, event: str, args: str, but: str = "") -> None:
        """To everybody who listens, but the session `but`. `args` is JSON text of a list."""
        if self.heard(collection, event):
            to = self.listeners(collection, event)
            await write_all(to, changed(collection, event, args), but)


async def write_all(to: Iterable[Listener], payload: bytes, but: str = "") -> None:
    once = framed(payload)
    for n, listener in enumerate(to, 1):
        if listener.session != but:
            listener.wire.write_framed(payload, once)
        if n % AT_ONCE == 0:
            await asyncio.sleep(0)
