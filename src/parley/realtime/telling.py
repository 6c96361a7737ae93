"""Events that are told together: who is told what of them, each frame encoded once."""

from collections.abc import Callable, Iterable

from parley.accounts.identify import Person
from parley.canned_responses.audience import audience_of, hears
from parley.db import Reader as Query
from parley.db.documents import Doc, decode
from parley.events import Event
from parley.realtime import fresh, store
from parley.realtime.cursor import Positions
from parley.realtime.frames import frame, joined
from parley.realtime.fresh import CANNED, Fresh, scope
from parley.rooms.visibility import looks_at_public, sees_every_queue


class Telling:
    """Made by `gather`. Frames are kept by their text: who may see the same gets the same bytes."""

    def __init__(
        self,
        events: list[Event],
        now: Fresh,
        sees: dict[str, set[str]],
        departments: dict[str, set[str]],
        works: dict[str, set[str]],
        hidden: list[str],
        positions: Positions,
        final: bool,
    ) -> None:
        self.events = events
        self._now = now
        self._sees = sees
        self._departments = departments
        self._works = works
        self._hidden = hidden
        self._positions = positions
        self._final = final
        self._frames: dict[tuple[int, str], bytes] = {}
        self._texts: dict[tuple[int, str], str] = {}

    def for_person(self, index: int, person: Person, shown: set[str]) -> bytes | None:
        """None for what is not for them. `shown` are open rooms that they know, and is kept so."""
        event = self.events[index]
        kind, key = scope(event)
        if event.kind == CANNED:
            return self._canned(index, event, person)
        if kind == "room":
            return self._room(index, event, key, person, shown)
        if kind == "user":
            if key != person.user_id:
                return None
            sees = self._sees.get(key, set())
            return self._frame(index, fresh.own(event, person, self._now, sees))
        if kind == "office":
            # Who may see other things from then on gets a snapshot.
            return None
        return self._queue(index, event, key, person)

    def for_visitor(self, index: int, room_id: str) -> bytes | None:
        event = self.events[index]
        if event.stream != f"room:{room_id}":
            return None
        text = self._text(
            index, "visitor", lambda: fresh.room_for_visitor(event, self._now, self._hidden)
        )
        return self._frame(index, text)

    def departments_of(self, person: Person) -> set[str]:
        return self._departments.get(person.user_id or "", set())

    def _room(
        self, index: int, event: Event, room_id: str, person: Person, shown: set[str]
    ) -> bytes | None:
        user_id = person.user_id or ""
        if room_id not in self._sees.get(user_id, set()):
            # What was erased goes wherever it was shown, closed rooms too.
            if room_id not in shown and event.kind != "deleted":
                return None
            shown.discard(room_id)
            inquiry = self._now.inquiries.get(room_id)
            waiting = (
                inquiry if inquiry and inquiry.waits and self._is_shown(person, inquiry) else None
            )
            return self._frame(index, fresh.room_gone(event, waiting))
        if room_id in self._now.open:
            shown.add(room_id)
        else:
            shown.discard(room_id)
        text = self._text(index, "person", lambda: fresh.room_for_persons(event, self._now))
        mine = self._now.subscriptions.get((room_id, user_id))
        return self._frame(index, joined(text, subscription=mine))

    def _queue(self, index: int, event: Event, queue: str, person: Person) -> bytes | None:
        mine = self._looks_at(person, queue)
        inquiry = self._now.inquiries.get(event.doc["_id"]) if event.kind == "inquiry" else None
        shown = inquiry is not None and self._is_shown(person, inquiry)
        if not mine and not shown:
            return None
        name = "shown" if shown else "mine"
        text = self._text(index, name, lambda: fresh.queued(event, self._now, shown=shown))
        return self._frame(index, text)

    def _canned(self, index: int, event: Event, person: Person) -> bytes | None:
        mine = self._works.get(person.user_id or "", set())
        doc = self._now.canned.get(event.doc["_id"])
        shown = doc is not None and hears(person, audience_of(decode(doc)), mine)
        if not shown and not hears(person, event.stream, mine):
            return None
        name = "shown" if shown else "gone"
        text = self._text(index, name, lambda: fresh.canned(event, self._now, shown=shown))
        return self._frame(index, text)

    def _is_shown(self, person: Person, inquiry: store.Inquiry) -> bool:
        """In a queue that the person looks at."""
        return (
            self._looks_at(person, inquiry.department_id or "public")
            or inquiry.default_agent == person.user_id
        )

    def _looks_at(self, person: Person, queue: str) -> bool:
        if sees_every_queue(person) or (queue == "public" and looks_at_public(person)):
            return True
        return queue in self.departments_of(person)

    def _text(self, index: int, right: str, make: Callable[[], str]) -> str:
        key = (index, right)
        if key not in self._texts:
            self._texts[key] = make()
        return self._texts[key]

    def _frame(self, index: int, text: str) -> bytes:
        key = (index, text)
        if key not in self._frames:
            last = self._final and index == len(self.events) - 1
            event = self.events[index]
            cursor = self._positions.end() if last else self._positions.after(event)
            self._frames[key] = frame("event", text, cursor)
        return self._frames[key]


async def gather(
    q: Query,
    events: list[Event],
    persons: Iterable[Person],
    settings: Doc | None,
    positions: Positions,
    *,
    final: bool,
) -> Telling:
    """What is needed to tell these events to these persons and, with `settings`, to visitors.

    `final`: none of those that were read with them follow.
    """
    persons = list(persons)
    now = await fresh.fresh(q, events, settings)
    sees = await store.seen_rooms(q, persons, fresh.rooms_in(events))
    canned = any(event.kind == CANNED for event in events)
    works = await store.works_in(q, [p.user_id or "" for p in persons]) if canned else {}
    queues = any(scope(event)[0] == "queue" for event in events) or any(
        inquiry.waits for inquiry in now.inquiries.values()
    )
    departments = await store.departments_of(q, persons) if queues else {}
    hidden = [] if settings is None else settings["Hide_System_Messages"]
    return Telling(events, now, sees, departments, works, hidden, positions, final)
