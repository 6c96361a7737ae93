"""contacts.history: the closed conversations of a contact, by whatever device
(contract/management.md §14.2)."""

from typing import NamedTuple

from parley.accounts.identify import Person
from parley.contacts.store import find_contact
from parley.db.documents import Doc, Params, decode, like
from parley.db.tx import Reader
from parley.errors import Refused
from parley.rooms.visibility import visible_to

SORTABLE = {"closedAt": "r.closed_at", "ts": "r.ts", "lm": "r.lm", "msgs": "r.msgs"}

_SHOWN = (
    "_id", "fname", "ts", "v", "msgs", "servedBy", "closedAt", "closedBy", "closer", "tags",
    "source", "lastMessage", "verified",
)  # fmt: skip


class Page(NamedTuple):
    order: str
    limit: int
    offset: int


async def contact_history(
    q: Reader, person: Person, contact_id: str, source: str, page: Page
) -> tuple[list[Doc], int]:
    """Rooms of all the contact's visitors that the person may see; and how many there are.

    Raises Refused `error-contact-not-found`.
    """
    contact = await find_contact(q, contact_id)
    if contact is None:
        raise Refused("error-contact-not-found")
    p = Params(contact["_id"])
    tests = [
        "r.visitor_id IN (SELECT v.id FROM visitors v WHERE v.contact_id = $1)",
        "NOT r.open",
        visible_to(person, p),
    ]
    if source:
        kind = "lower(r.doc -> 'source' ->> 'type')"
        tests.append(f"{kind} LIKE {p(like(source))} ESCAPE '\\'")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM rooms r WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT r.doc FROM rooms r WHERE {where} ORDER BY {page.order}"
        f" LIMIT {p(page.limit)} OFFSET {p(page.offset)}",
        *p.values,
    )
    return [_shown(decode(row[0])) for row in rows], total


def _shown(room: Doc) -> Doc:
    return {key: room[key] for key in _SHOWN if key in room}
