"""From events to frames: what each says is read anew, once, and written to all who listen.

One task does it, an event after the other, so that frames leave in the order of the commits.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from parley.errors import Unavailable
from parley.events import Event
from parley.realtime.ddp import rights
from parley.realtime.ddp.canned_frames import CANNED_FRAMES
from parley.realtime.ddp.office import Office
from parley.realtime.ddp.office_frames import OFFICE_FRAMES
from parley.realtime.ddp.queue_frames import QUEUE_FRAMES
from parley.realtime.ddp.room_frames import ROOM_FRAMES, lists
from parley.realtime.ddp.told import Told
from parley.realtime.ddp.user_frames import USER_FRAMES

log = logging.getLogger("parley.realtime")

MOST_BEHIND = 50_000
"""Events that may wait to be told."""
PAUSE_SECONDS = 1.0

Frames = Callable[[Told], Awaitable[None]]

_FRAMES: Mapping[str, Mapping[str, Frames]] = {
    "room": ROOM_FRAMES,
    "user": {**USER_FRAMES, **CANNED_FRAMES},
    "queue": {**QUEUE_FRAMES, **CANNED_FRAMES},
    "office": OFFICE_FRAMES,
}


class Delivery:
    def __init__(self, office: Office, give_up: Callable[[], None]) -> None:
        """`give_up` closes every socket: their clients come back and ask for what they missed."""
        self._office = office
        self._give_up = give_up
        self._events: deque[Event] = deque()
        self._to_come: Counter[tuple[str, str]] = Counter()
        """Of lists, by those that wait and the one that is being told."""
        self._more = asyncio.Event()
        self._policy: Mapping[str, Any] | None = None

    def hear(self, event: Event) -> None:
        if len(self._events) >= MOST_BEHIND:
            log.error("too far behind the events: clients are told to come back")
            self._events.clear()
            self._to_come.clear()
            self._give_up()
        self._events.append(event)
        if (key := lists(event)) is not None:
            self._to_come[key] += 1
        self._more.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._events:
                event = self._events[0]
                try:
                    await self._tell(event)
                except Unavailable as error:
                    log.warning("frames: %s", error)
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                except Exception as error:
                    log.error("no frame for %s", event.kind, exc_info=error)
                if self._events and self._events[0] is event:
                    self._done(event)

    def _done(self, event: Event) -> None:
        self._events.popleft()
        if (key := lists(event)) is not None:
            self._to_come[key] -= 1
            if not self._to_come[key]:
                del self._to_come[key]

    async def _tell(self, event: Event) -> None:
        hub = self._office.hub
        if not hub.connections:
            return
        about, _, key = event.stream.partition(":")
        frames = _FRAMES.get(about, {}).get(event.kind)
        settings = (await self._office.identify("", "")).settings
        if settings is not self._policy:
            # Settings or permissions have changed: first, whoever lost a right hears no more.
            known_before = (
                c for c in rights.everybody(hub) if c.peer.person.settings is not settings
            )
            await rights.recheck(hub, known_before)
            # Not before: it ends half way when the database is away, and then begins anew.
            self._policy = settings
        told = Told(self._office, settings, event, key, self._to_come)
        if frames is not None:
            await frames(told)
        await rights.follow(told)
