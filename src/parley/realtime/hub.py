"""The hub: what the feed reads is told to the readers of this process, in its order."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable

from parley.accounts.identify import Identifier, Person
from parley.db import Database
from parley.db.documents import Doc
from parley.errors import Busy, Coded, Unavailable
from parley.events import Event
from parley.realtime import snapshot, store
from parley.realtime.cursor import Cursor, Positions
from parley.realtime.feed import Batch, Feed
from parley.realtime.frames import frame
from parley.realtime.fresh import head, scope
from parley.realtime.reader import PersonReader, Reader, VisitorReader
from parley.realtime.telling import gather
from parley.rooms.visibility import sees_every_queue

log = logging.getLogger("parley.realtime")

PERMISSION = "view-l-room"
AT_ONCE = 500
"""Events that are told together at most."""
PAUSE_SECONDS = 0.5
MOST_OF_ONE = 10
"""Connections of a person, or of a visitor, to one process."""
MOST = 10_000
OF_DEPARTMENTS = ("department", "department-agent", "units")
"""Kinds of events after which somebody may look at other queues."""


class Hub:
    def __init__(self, db: Database, identify: Identifier, feed: Feed) -> None:
        self.db = db
        self.identify = identify
        self.feed = feed
        self.readers: dict[Reader, None] = {}
        self._work: asyncio.Queue[Batch | tuple[Reader, asyncio.Future[Cursor]]] = asyncio.Queue()
        self._policy = 0
        self._horizon = feed.horizon
        self.connections: Counter[str] = Counter()
        """By whose they are."""
        self.stopping = False

    async def run(self) -> None:
        """Until it is cancelled."""
        ends = [self.feed.follow(self._work.put_nowait), self.feed.listen(None, self._signal)]
        try:
            while True:
                item = await self._work.get()
                if isinstance(item, Batch):
                    await self._tell(item)
                else:
                    await self._join(*item)
        finally:
            for end in ends:
                end()

    def admit(self, reader: Reader) -> None:
        """Raises Coded and Busy for too many connections, Unavailable before and after its time."""
        if not self.feed.ready.is_set() or self.stopping:
            raise Unavailable("the server begins or ends")
        if self.connections[reader.who] >= MOST_OF_ONE:
            raise Coded("error-too-many-connections", f"No more than {MOST_OF_ONE} at once")
        if self.connections.total() >= MOST:
            raise Busy

    async def join(self, reader: Reader) -> Cursor:
        """From where on the reader is told: all lies before it that was committed before this call,
        whatever process wrote it."""
        await self.feed.look()
        joined: asyncio.Future[Cursor] = asyncio.get_running_loop().create_future()
        self._work.put_nowait((reader, joined))
        return await joined

    async def _join(self, reader: Reader, joined: asyncio.Future[Cursor]) -> None:
        """Between two batches, so that the next one is the first that is told."""
        try:
            start = await self.start(reader, self.feed.epoch, self._horizon)
        except Unavailable as error:
            if not joined.done():
                joined.set_exception(error)
            return
        if not joined.done():
            self.readers[reader] = None
            joined.set_result(start)

    async def start(self, reader: Reader, epoch: str, horizon: str) -> Cursor:
        """Puts the reader there, with the rights that the cursor's policy gives or newer ones."""
        policy = await self.db.read(store.policy_version)
        await self.recheck(reader)
        reader.renew = False
        start = Cursor(epoch, int(time.time()), policy, horizon)
        reader.cursor = reader.stands = start.text()
        return start

    def leave(self, reader: Reader) -> None:
        self.readers.pop(reader, None)

    def stop(self) -> None:
        """Sends everybody away: the server ends."""
        self.stopping = True
        for reader in list(self.readers):
            reader.end("stopping")

    async def recheck(self, reader: Reader) -> None:
        """Whether the reader may still listen; ends them if not. Raises Unavailable."""
        if isinstance(reader, PersonReader):
            old = reader.person
            person = await self.identify.known(old.token_hash, old.user_id or "")
            if person.user_id is None:
                reader.end("logged-out")
            elif not person.may(PERMISSION):
                reader.end("forbidden")
            elif _rights(person) != _rights(old):
                reader.renew = True
            reader.person = person if person.user_id is not None else old
        elif isinstance(reader, VisitorReader) and not await self.db.read(
            store.still_theirs, reader.token, reader.room_id
        ):
            reader.end("gone")

    async def _tell(self, batch: Batch) -> None:
        while batch.events and self.readers:
            try:
                await self._tell_now(batch)
                break
            except Unavailable as error:
                log.warning("events: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception as error:
                # Whoever comes back with a cursor misses nothing; silence would.
                log.error("events: %s", type(error).__name__, exc_info=error)
                for reader in list(self.readers):
                    self.leave(reader)
                    reader.end("failed")
        self._horizon = batch.upto

    async def _tell_now(self, batch: Batch) -> None:
        """Reads all that is needed first: what fails is done again, and nobody is told twice."""
        await self._recheck(batch.events)
        positions = Positions(self.feed.epoch, self._policy, batch.seen, batch.upto)
        readers = [reader for reader in self.readers if not reader.ended]
        persons = [reader for reader in readers if isinstance(reader, PersonReader)]
        rights = {reader.who: reader.person for reader in persons}.values()
        settings = await self._settings(readers)
        pieces = pieces_of(batch.events)
        tellings = [
            await self.db.read(gather, piece, rights, settings, positions, final=n == len(pieces))
            for n, piece in enumerate(pieces, 1)
        ]
        anew: dict[Reader, snapshot.Known] = {}
        for reader in persons:
            if reader.renew or await self._moved(reader, batch.events):
                anew[reader] = await self.db.read(snapshot.of_person, reader.person)
        for told in readers:
            told.cursor = positions.end()
            if told in anew and isinstance(told, PersonReader):
                told.start_anew(anew[told])
            else:
                for text in (text for telling in tellings for text in told.frames(telling)):
                    told.push(text)

    async def _settings(self, readers: Iterable[Reader]) -> Doc | None:
        if not any(isinstance(reader, VisitorReader) for reader in readers):
            return None
        return dict((await self.identify.known("", "")).settings)

    async def _recheck(self, events: list[Event]) -> None:
        """Ends who may listen no more, before anything is told."""
        version = await self.db.read(store.policy_version)
        streams = {event.stream for event in events}
        for reader in list(self.readers):
            room = f"room:{reader.room_id}" if isinstance(reader, VisitorReader) else ""
            if version != self._policy or reader.who in streams or room in streams:
                await self.recheck(reader)
        self._policy = version

    async def _moved(self, reader: PersonReader, events: list[Event]) -> bool:
        """Whether the person came to another department, or left one."""
        if not any(event.kind in OF_DEPARTMENTS for event in events):
            return False
        if sees_every_queue(reader.person):
            return False
        user_id = reader.person.user_id or ""
        found = await self.db.read(store.departments_of, [reader.person])
        return reader.departments != found.get(user_id, set())

    def _signal(self, event: Event) -> None:
        kind, room_id = scope(event)
        if event.number or kind != "room":
            return
        # Which socket it came by is for the sockets: nobody else is told.
        told = {key: value for key, value in event.doc.items() if key != "session"}
        text = frame("signal", head(event._replace(doc=told)))
        for reader in self.readers:
            if isinstance(reader, VisitorReader):
                knows = reader.room_id == room_id
            else:
                knows = isinstance(reader, PersonReader) and room_id in reader.rooms
            if knows:
                reader.push(text)


def _rights(person: Person) -> tuple[object, ...]:
    method = person.settings["Livechat_Routing_Method"]
    return person.permissions, person.beyond, person.roles, method


def pieces_of(events: list[Event]) -> list[list[Event]]:
    return [events[n : n + AT_ONCE] for n in range(0, len(events), AT_ONCE)]
