"""SQL of what frames are built from: fresh documents as stored, a few rows for each event."""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.db.documents import Doc, decode
from parley.db.tx import Reader
from parley.departments.units.oversight import OVERSEEN
from parley.rooms.visibility import looks_at_public, oversees

MOST_TAKING_PART = 200


class RoomNow(NamedTuple):
    """Documents as stored."""

    room: str
    inquiry: str | None
    taking_part: list[tuple[str, str]]
    """(user id, subscription)"""


async def message_doc(q: Reader, message_id: str) -> str | None:
    found: str | None = await q.value("SELECT doc FROM messages WHERE id = $1", message_id)
    return found


async def room_now(q: Reader, room_id: str) -> RoomNow | None:
    row = await q.row(
        "SELECT r.doc, i.doc FROM rooms r LEFT JOIN inquiries i ON i.room_id = r.id"
        " WHERE r.id = $1",
        room_id,
    )
    if row is None:
        return None
    rows = await q.rows(
        "SELECT user_id, doc FROM subscriptions WHERE room_id = $1"
        f" ORDER BY user_id LIMIT {MOST_TAKING_PART}",
        room_id,
    )
    return RoomNow(row[0], row[1], [(r[0], r[1]) for r in rows])


async def room_doc(q: Reader, room_id: str) -> str | None:
    found: str | None = await q.value("SELECT doc FROM rooms WHERE id = $1", room_id)
    return found


async def subscription_doc(q: Reader, room_id: str, user_id: str) -> str | None:
    found: str | None = await q.value(
        "SELECT doc FROM subscriptions WHERE room_id = $1 AND user_id = $2", room_id, user_id
    )
    return found


async def former_subscription(q: Reader, room_id: str, user_id: str) -> str | None:
    """The id of the last one; they are remembered for a month."""
    found: str | None = await q.value(
        "SELECT id FROM former_subscriptions WHERE user_id = $1 AND room_id = $2"
        " ORDER BY removed_at DESC, id DESC LIMIT 1",
        user_id,
        room_id,
    )
    return found


async def inquiry_doc(q: Reader, inquiry_id: str) -> Doc | None:
    doc = await q.value("SELECT doc FROM inquiries WHERE id = $1", inquiry_id)
    return None if doc is None else decode(doc)


async def served_by(q: Reader, user_id: str) -> list[str]:
    """Ids of the open rooms that somebody serves and takes part in."""
    rows = await q.rows(
        "SELECT r.id FROM subscriptions s JOIN rooms r ON r.id = s.room_id"
        " WHERE s.user_id = $1 AND r.open AND r.served_by = $1",
        user_id,
    )
    return [row[0] for row in rows]


async def looks_at(q: Reader, person: Person, department_id: str) -> bool:
    """Whether the department's queue is one that they work in, or oversee."""
    tests = []
    if looks_at_public(person):
        mine = "SELECT department_id FROM department_agents WHERE agent_id = $1"
        tests.append(f"d.id IN ({mine})")
    if oversees(person):
        tests.append(f"d.id IN ({OVERSEEN}$1)")
    if not tests:
        return False
    sql = f"SELECT 1 FROM departments d WHERE d.id = $2 AND ({' OR '.join(tests)})"
    return await q.value(sql, person.user_id or "", department_id) is not None
