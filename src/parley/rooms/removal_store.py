"""SQL of rooms that go for good, or lose their department."""

from parley.accounts.identify import Person
from parley.db.documents import Params
from parley.db.tx import Reader, Tx
from parley.rooms.visibility import visible_to

MOST_ROOMS = 50
MOST_MESSAGES = 5000
"""Of the rooms that go in one transaction; a longer room goes alone."""


async def closed_rooms(
    q: Reader, person: Person, departments: list[str] | None, after: str
) -> list[str]:
    """Ids, in order, of the next closed rooms behind `after` that can go at once."""
    p = Params(after)
    tests = ["r.id > $1", "NOT r.open", visible_to(person, p)]
    if departments is not None:
        marks = ", ".join(p(department) for department in departments) or "NULL"
        tests.append(f"r.department_id IN ({marks})")
    rows = await q.rows(
        f"SELECT r.id, r.msgs FROM rooms r WHERE {' AND '.join(tests)}"
        f" ORDER BY r.id LIMIT {p(MOST_ROOMS)}",
        *p.values,
    )
    found: list[str] = []
    messages = 0
    for room_id, msgs in rows:
        messages += msgs
        if found and messages > MOST_MESSAGES:
            break
        found.append(room_id)
    return found


async def rooms_of_department(q: Reader, department_id: str) -> list[str]:
    """Ids of the newest of its rooms; a batch."""
    rows = await q.rows(
        "SELECT id FROM rooms WHERE department_id = $1 ORDER BY ts DESC, id DESC LIMIT $2",
        department_id,
        MOST_ROOMS,
    )
    return [row[0] for row in rows]


async def delete_room_row(tx: Tx, room_id: str) -> None:
    await tx.rows("DELETE FROM rooms WHERE id = $1", room_id)
