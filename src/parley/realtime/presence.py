"""Presence: somebody is connected while some process holds a connection of theirs.

`statusConnection` says so. `status` follows it for who has chosen none (contract/management.md
§1.1); a status set by users.setStatus holds until it is changed or the person logs out. Of a
visitor the open room says it.

A process holds its people on a lease: when it dies, the others let them go. One that stops lets go
of persons at once, and of visitors by its lease: their widgets come to the next one, and none of
them has left.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict

from parley.clock import later, now
from parley.db import Database
from parley.errors import Unavailable
from parley.ids import random_id
from parley.realtime import presence_store as store
from parley.realtime.presence_store import AWAY, OFFLINE, ONLINE

log = logging.getLogger("parley.realtime")

LEASE_SECONDS = 45.0
GRACE_SECONDS = 3.0
"""A connection that comes back within them was never gone."""


class Connection:
    def __init__(self, presence: "Presence", user_id: str) -> None:
        self._presence = presence
        self.user_id = user_id
        self.status = ONLINE

    async def turn(self, status: str) -> None:
        """`online` or `away`, as the person's client says."""
        self.status = status
        await self._presence.told(self.user_id)

    def gone(self) -> None:
        """May be called more than once."""
        self._presence.drop(self)


class Presence:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._process = random_id()
        self._held: defaultdict[str, set[Connection]] = defaultdict(set)
        self._told: dict[str, str] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._leaving: set[asyncio.Task[None]] = set()
        self._ended = False

    async def connected(self, user_id: str) -> Connection:
        """The person has one connection more, until its `gone()`."""
        connection = Connection(self, user_id)
        self._held[user_id].add(connection)
        await self.told(user_id)
        return connection

    def drop(self, connection: Connection) -> None:
        held = self._held[connection.user_id]
        held.discard(connection)
        if self._ended:
            return
        task = asyncio.create_task(self._leave(connection.user_id))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def run(self) -> None:
        """Renews the lease and ends those of the dead, until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                with contextlib.suppress(Unavailable):
                    await self.look_after()
        finally:
            self._ended = True
            for task in self._leaving:
                task.cancel()
            await asyncio.gather(*self._leaving, return_exceptions=True)
            self._held.clear()
            persons = [who for who in self._told if not store.is_visitor(who)]
            await asyncio.gather(*map(self.told, persons))

    async def look_after(self) -> None:
        """What `run` does every so often."""
        if self._told:
            there = await self._db.act(store.renew, self._process, self._until())
            for user_id in self._told.keys() - there:
                # We were taken for dead: the machine slept, or the database was away.
                self._told[user_id] = OFFLINE
                await self.told(user_id)
        for user_id in await self._db.read(store.held_by_the_dead):
            await self._db.act(store.let_go, user_id)

    async def told(self, user_id: str) -> None:
        """The database is told how this process holds the person, if it does not know."""
        async with self._locks[user_id]:
            status = self._status(user_id)
            if status == self._told.get(user_id, OFFLINE):
                return
            try:
                await self._db.act(store.note, self._process, user_id, status, self._until())
            except Unavailable as error:
                log.warning("presence: %s", error)
            if status == OFFLINE:
                self._told.pop(user_id, None)
            else:
                self._told[user_id] = status
        if status == OFFLINE and not self._held.get(user_id):
            self._held.pop(user_id, None)
            self._locks.pop(user_id, None)

    async def _leave(self, user_id: str) -> None:
        await asyncio.sleep(GRACE_SECONDS)
        await self.told(user_id)

    def _status(self, user_id: str) -> str:
        held = {connection.status for connection in self._held.get(user_id, ())}
        return ONLINE if ONLINE in held else AWAY if held else OFFLINE

    def _until(self) -> str:
        return later(now(), seconds=LEASE_SECONDS)
