"""Telling visitors where they stand in the queue (realtime.md §5 "Queue position").

A change moves all behind it. So nothing is computed for each change, nor for each who waits: what
changed within `SETTLES_SECONDS` is told once, of a department's whole queue at a time. Who begins
to listen is told at once, with all who did meanwhile. Each process tells its own listeners.
"""

import asyncio
import logging

from parley.accounts.identify import Identifier
from parley.conversations.queue import places
from parley.conversations.queue.store import queues_with, waiting_departments
from parley.db import Database
from parley.db.documents import encode
from parley.errors import Unavailable
from parley.events import Event
from parley.realtime.ddp.hub import AT_ONCE, Hub
from parley.realtime.ddp.queue_frames import PUBLIC
from parley.realtime.ddp.streams import LIVECHAT_ROOM

log = logging.getLogger("parley.realtime")

SETTLES_SECONDS = 1.2
ALL = ""
"""Stands for every queue."""
NEW = "/"
"""Stands for those who have begun to listen."""
MOST_NEW = 1000
"""Of them, told at a time."""


class Positions:
    def __init__(self, db: Database, identify: Identifier, hub: Hub) -> None:
        self._db = db
        self._identify = identify
        self._hub = hub
        self._settling: set[str] = set()
        self._due: asyncio.Queue[str] = asyncio.Queue()
        self._new: set[str] = set()
        """Rooms whose visitors have begun to listen."""
        self._meanwhile: set[str] = set()
        """Inquiries that entered or left while a queue is read and told."""

    def hear(self, event: Event) -> None:
        if event.kind == "queue-position":
            self._meanwhile.add(event.doc["_id"])
            self._settle(event.stream.partition(":")[2])
        elif event.kind == "setting" and event.doc["_id"] in places.DECIDE:
            self._settle(ALL)

    def begins(self, room_id: str) -> None:
        """The room's visitor has begun to listen, and may wait in a queue that stands still."""
        if not self._new:
            self._due.put_nowait(NEW)
        self._new.add(room_id)

    def _settle(self, queue: str) -> None:
        if queue not in self._settling:
            self._settling.add(queue)
            asyncio.get_running_loop().call_later(SETTLES_SECONDS, self._due.put_nowait, queue)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            queue = await self._due.get()
            # Before it is read: what changes from now on is told once more.
            self._settling.discard(queue)
            try:
                await self._tell(queue)
            except Unavailable as error:
                log.warning("queue positions: %s", error)
                self._settle(queue)
            except Exception as error:
                log.error("no queue positions", exc_info=error)

    async def _tell(self, queue: str) -> None:
        self._meanwhile.clear()
        if not self._hub.any(LIVECHAT_ROOM):
            return
        if queue == NEW:
            await self._tell_new()
        elif queue == ALL:
            for department_id in await self._db.scan(waiting_departments):
                await self._tell_department(department_id)
        else:
            await self._tell_department(None if queue == PUBLIC else queue)

    async def _tell_new(self) -> None:
        rooms = {self._new.pop() for _ in range(min(MOST_NEW, len(self._new)))}
        if self._new:
            self._due.put_nowait(NEW)
        try:
            for department_id in await self._db.scan(queues_with, rooms):
                await self._tell_department(department_id, rooms)
        except Unavailable:
            self._new |= rooms
            raise

    async def _tell_department(
        self, department_id: str | None, only: set[str] | None = None
    ) -> None:
        settings = (await self._identify("", "")).settings
        queue = await self._db.scan(places.queue_of, settings, department_id)
        if queue.pace is None:
            return
        for spot, (inquiry_id, room_id) in enumerate(queue.waiting, 1):
            if only is not None and room_id not in only:
                continue
            # Who has been taken since then was told so: their place would come behind it.
            if self._hub.heard(LIVECHAT_ROOM, room_id) and inquiry_id not in self._meanwhile:
                said = {"type": "queueData", "data": places.info_of(spot, queue.pace)}
                await self._hub.publish(LIVECHAT_ROOM, room_id, encode([said]))
            if spot % AT_ONCE == 0:
                await asyncio.sleep(0)
