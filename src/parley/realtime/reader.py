"""A reader of events: a person or a visitor, and what waits to be sent to them."""

import asyncio

from parley.accounts.identify import Person
from parley.realtime.frames import Reason, closing, frame
from parley.realtime.snapshot import Known
from parley.realtime.telling import Telling

MOST_WAITING = 2 * 1024 * 1024
"""Bytes. Who takes them slower than they come is sent away, and comes back with a cursor."""


class Reader:
    def __init__(self) -> None:
        self.cursor = ""
        """Where they stand, once they have taken what waits."""
        self.stands = ""
        """Where they stand now, if they have all that they took."""
        self.ended = False
        self.renew = False
        """They may see more now, or less: a snapshot follows instead of what is told."""
        self._waiting: list[bytes] = []
        self._size = 0
        self.more = asyncio.Event()

    @property
    def who(self) -> str:
        """Whose connections are counted together."""
        raise NotImplementedError

    def frames(self, telling: Telling) -> list[bytes]:
        """What of it is theirs."""
        raise NotImplementedError

    @property
    def waits(self) -> bool:
        """Whether there is something for them to take."""
        return bool(self._waiting)

    def push(self, text: bytes) -> None:
        if self.ended:
            return
        self._size += len(text)
        if self._size > MOST_WAITING:
            self._waiting.clear()
            self.end("slow")
            return
        self._waiting.append(text)
        self.more.set()

    def end(self, reason: Reason) -> None:
        if not self.ended:
            self.ended = True
            self._waiting.append(closing(reason))
            self.more.set()

    def take(self) -> bytes:
        """What waits; it waits no longer."""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self.stands = self.cursor
        self.more.clear()
        return taken


class PersonReader(Reader):
    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person
        self.rooms: set[str] = set()
        """Open rooms they know of."""
        self.departments: set[str] = set()

    @property
    def who(self) -> str:
        return f"user:{self.person.user_id}"

    def start_anew(self, known: Known) -> None:
        """With a snapshot, at the reader's cursor."""
        self.rooms, self.departments, self.renew = set(known.rooms), known.departments, False
        self.push(frame("snapshot", known.snapshot, self.cursor))

    def frames(self, telling: Telling) -> list[bytes]:
        indexes = range(len(telling.events))
        frames = (telling.for_person(index, self.person, self.rooms) for index in indexes)
        return [frame for frame in frames if frame is not None]


class VisitorReader(Reader):
    def __init__(self, token: str, visitor_id: str, room_id: str) -> None:
        super().__init__()
        self.token = token
        self.room_id = room_id
        self._visitor_id = visitor_id

    @property
    def who(self) -> str:
        return f"visitor:{self._visitor_id}"

    def frames(self, telling: Telling) -> list[bytes]:
        indexes = range(len(telling.events))
        frames = (telling.for_visitor(index, self.room_id) for index in indexes)
        return [frame for frame in frames if frame is not None]
