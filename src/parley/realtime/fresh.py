"""The documents that events tell of, as they are now: read once for all who are told.

An event names what changed; whoever is told gets the document beside it. It may be newer than the
event: then the event of that change follows, with the same document.
"""

from collections import defaultdict
from typing import NamedTuple

from parley.accounts.client_preferences import preferences_of
from parley.accounts.identify import Person
from parley.accounts.people import seen_by
from parley.agents.shown import shown_to_visitor
from parley.db import Reader
from parley.db.documents import Doc, decode, encode
from parley.events import Event
from parley.realtime import store
from parley.realtime.frames import joined
from parley.realtime.store import Inquiry

CANNED = "canned-response"
"""A kind that stands in a person's stream, in a department's and in the public one."""
WITH_ROOM = ("subscription", "read", "speaker")
"""Kinds of a person's stream that are about a room."""


class Fresh(NamedTuple):
    rooms: dict[str, str]
    open: set[str]
    """Which of the rooms are."""
    messages: dict[str, tuple[str, str | None]]
    inquiries: dict[str, Inquiry]
    """By their own ids and by their rooms'."""
    subscriptions: dict[tuple[str, str], str]
    departments: dict[str, str]
    users: dict[str, Doc]
    agents: dict[str, str]
    """{room: who serves it, as a visitor sees them}"""
    canned: dict[str, str]


def scope(event: Event) -> tuple[str, str]:
    """("room", its id), ("user", …), ("queue", …) or ("office", "")"""
    kind, _, key = event.stream.partition(":")
    return kind, key


def rooms_in(events: list[Event]) -> set[str]:
    """Of which rooms they tell."""
    found = set()
    for event in events:
        kind, key = scope(event)
        if kind == "room":
            found.add(key)
        elif kind == "user" and event.kind in WITH_ROOM:
            found.add(event.doc["rid"])
    return found


async def fresh(q: Reader, events: list[Event], settings: Doc | None) -> Fresh:
    """`settings` are given where visitors listen: they are told who serves them."""
    rooms = rooms_in(events)
    by_scope: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_scope[scope(event)[0]].append(event)
    said = {e.doc["_id"] for e in by_scope["room"] if e.kind.startswith("message")}
    waiting = {e.doc["_id"] for e in by_scope["queue"] if e.kind == "inquiry"}
    offices = {e.doc["_id"] for e in by_scope["queue"] if e.kind == "department"}
    found = await store.inquiries(q, waiting, rooms)
    there = await store.rooms(q, rooms)
    docs = {key: doc for key, (doc, _) in there.items()}
    return Fresh(
        docs,
        {key for key, (_, is_open) in there.items() if is_open},
        await store.messages(q, said),
        {key: inquiry for inquiry in found for key in (inquiry.id, inquiry.room_id)},
        await store.subscriptions(q, rooms),
        await store.departments(q, offices),
        await store.users(q, {scope(e)[1] for e in by_scope["user"]}),
        {} if settings is None else await _agents(q, docs, settings),
        await store.canned_responses(q, {e.doc["_id"] for e in events if e.kind == CANNED}),
    )


async def _agents(q: Reader, rooms: dict[str, str], settings: Doc) -> dict[str, str]:
    serving = {key: decode(doc).get("servedBy", {}).get("_id") for key, doc in rooms.items()}
    shown = {
        agent: encode(await shown_to_visitor(q, settings, agent))
        for agent in set(serving.values())
        if agent
    }
    return {key: shown[agent] for key, agent in serving.items() if agent}


def head(event: Event, *, ids: bool = True) -> str:
    doc = event.doc if ids else {}
    told = {"stream": event.stream, "number": event.number, "kind": event.kind, "at": event.at}
    return encode({**told, "ids": doc})


def room_for_persons(event: Event, now: Fresh) -> str:
    """All but the subscription, which is each one's own."""
    room_id = scope(event)[1]
    inquiry = now.inquiries.get(room_id)
    text = joined(
        head(event), room=now.rooms.get(room_id), inquiry=None if inquiry is None else inquiry.doc
    )
    if event.kind.startswith("message"):
        text = joined(text, message=now.messages.get(event.doc["_id"], (None, None))[0])
    return text


def room_for_visitor(event: Event, now: Fresh, hidden: list[str]) -> str:
    room_id = scope(event)[1]
    text = joined(head(event), room=now.rooms.get(room_id), agent=now.agents.get(room_id))
    if event.kind.startswith("message"):
        doc, kind = now.messages.get(event.doc["_id"], (None, None))
        text = joined(text, message=None if kind in hidden else doc)
    return text


def room_gone(event: Event, waiting: Inquiry | None) -> str:
    """For who may see the room no more, or whose room is deleted: nothing of what happened, but
    that the chat waits in a queue that they look at, if it does."""
    text = joined(head(event, ids=False), room=None)
    return text if waiting is None else joined(text, inquiry=waiting.doc)


def own(event: Event, person: Person, now: Fresh, sees: set[str]) -> str:
    """Of the person's own stream."""
    user_id = person.user_id or ""
    user = now.users.get(user_id)
    text = joined(head(event), user=None if user is None else encode(seen_by(person, user)))
    if event.kind == "preferences" and user is not None:
        text = joined(text, preferences=encode(preferences_of(user)))
    if event.kind in WITH_ROOM:
        room_id = event.doc["rid"]
        text = joined(text, subscription=now.subscriptions.get((room_id, user_id)))
        text = joined(text, room=now.rooms.get(room_id) if room_id in sees else None)
    return text


def queued(event: Event, now: Fresh, *, shown: bool) -> str:
    """`shown`: the person looks at the queue in which the inquiry is now."""
    if event.kind == "inquiry":
        inquiry = now.inquiries.get(event.doc["_id"])
        return joined(head(event), inquiry=inquiry.doc if shown and inquiry is not None else None)
    if event.kind == "department":
        return joined(head(event), department=now.departments.get(event.doc["_id"]))
    return joined(head(event), room=None)


def canned(event: Event, now: Fresh, *, shown: bool) -> str:
    """`shown`: the person may use it."""
    return joined(head(event), cannedResponse=now.canned[event.doc["_id"]] if shown else None)
