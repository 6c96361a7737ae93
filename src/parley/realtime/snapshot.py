"""The state of this moment, for who has none yet or one that is too old."""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.accounts.people import seen_by
from parley.agents.shown import shown_to_visitor
from parley.db import Reader as Query
from parley.db.documents import Doc, decode, encode, find
from parley.messages.store import history
from parley.realtime import store
from parley.realtime.frames import joined, listed
from parley.rooms.store import find_room
from parley.rooms.subscription_store import subscriptions_of

MOST_ROOMS = 200
MOST_WAITING = 200
MOST_MESSAGES = 50


class Known(NamedTuple):
    """What a person has been shown."""

    rooms: set[str]
    departments: set[str]
    snapshot: str
    view: str
    """Only the ids of it, for who has the documents: what is not among them is gone."""


async def of_person(q: Query, person: Person) -> Known:
    user_id = person.user_id or ""
    # First, for this is no single moment: who comes to another department, or leaves one, while the
    # rest is read is found to have moved, and gets it anew.
    departments = (await store.departments_of(q, [person])).get(user_id, set())
    rooms = await store.open_rooms(q, person, MOST_ROOMS + 1)
    waiting = await store.own_queue(q, person, MOST_WAITING + 1)
    subscriptions = (await subscriptions_of(q, person, "")).update
    complete = len(rooms) <= MOST_ROOMS and len(waiting) <= MOST_WAITING
    rooms, waiting = rooms[:MOST_ROOMS], waiting[:MOST_WAITING]
    user = await find(q, "users", user_id)
    snapshot = joined(
        encode({"complete": complete}),
        user=None if user is None else encode(seen_by(person, user)),
        rooms=listed([row[1] for row in rooms]),
        inquiries=listed([row[1] for row in waiting]),
        subscriptions=listed(subscriptions),
    )
    view = {
        "complete": complete,
        "rooms": [row[0] for row in rooms],
        "inquiries": [row[0] for row in waiting],
        "subscriptions": [decode(doc)["_id"] for doc in subscriptions],
    }
    return Known({row[0] for row in rooms}, departments, snapshot, encode(view))


async def of_visitor(q: Query, room_id: str, settings: Doc) -> str:
    room = await find_room(q, room_id)
    served = (room or {}).get("servedBy")
    agent = await shown_to_visitor(q, settings, served["_id"]) if served else None
    docs = await history(q, room_id, settings["Hide_System_Messages"], None, MOST_MESSAGES + 1, 0)
    return joined(
        encode({"complete": len(docs) <= MOST_MESSAGES}),
        room=None if room is None else encode(room),
        agent=None if agent is None else encode(agent),
        messages=listed(docs[:MOST_MESSAGES][::-1]),
    )
