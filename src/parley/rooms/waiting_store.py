"""SQL of chats in which somebody has waited too long; a page at a time, longest first."""

from typing import NamedTuple

from parley.db.documents import decode
from parley.db.tx import Reader

PAGE = 500

_ANSWERED = "doc -> 'responseBy' ->> 'lastMessageTs'"
_BY = "doc -> 'responseBy' ->> '_id'"
_GIVEN = "doc -> 'servedBy' ->> 'ts'"
_HELD = "doc ->> 'onHoldSince'"
_NOT_HELD = "COALESCE(CAST(doc -> 'onHold' AS text) <> 'true', true)"


class Mark(NamedTuple):
    """Since when, and which room; a page goes on after its last one."""

    ts: str
    room_id: str


class Answered(NamedTuple):
    mark: Mark
    department: str | None


async def answered_before(q: Reader, before: str, after: Mark) -> list[Answered]:
    """Open rooms, not on hold, whose last word was an agent's, by then."""
    rows = await q.rows(
        f"SELECT {_ANSWERED}, id, department_id FROM rooms WHERE open AND {_ANSWERED} <= $1"
        f" AND ({_ANSWERED}, id) > ($2, $3) AND {_BY} IS NOT NULL AND {_NOT_HELD}"
        f" ORDER BY {_ANSWERED}, id LIMIT $4",
        before,
        *after,
        PAGE,
    )
    return [Answered(Mark(row[0], row[1]), row[2]) for row in rows]


async def unanswered_since(q: Reader, before: str, after: Mark) -> list[Mark]:
    """Open rooms that were given to an agent by then and have had no answer, nor another agent."""
    rows = await q.rows(
        f"SELECT {_GIVEN}, id FROM rooms WHERE open AND {_GIVEN} <= $1"
        f" AND ({_GIVEN}, id) > ($2, $3) AND {_BY} IS NULL"
        " AND doc ->> 'autoTransferredAt' IS NULL"
        f" ORDER BY {_GIVEN}, id LIMIT $4",
        before,
        *after,
        PAGE,
    )
    return [Mark(row[0], row[1]) for row in rows]


async def held_before(q: Reader, before: str, after: Mark) -> list[Mark]:
    """Open rooms that were placed on hold by then."""
    rows = await q.rows(
        f"SELECT {_HELD}, id FROM rooms WHERE open AND {_HELD} IS NOT NULL AND {_HELD} <= $1"
        f" AND ({_HELD}, id) > ($2, $3) ORDER BY {_HELD}, id LIMIT $4",
        before,
        *after,
        PAGE,
    )
    return [Mark(row[0], row[1]) for row in rows]


async def own_timeouts(q: Reader) -> dict[str, int]:
    """{department: seconds} where `visitorInactivityTimeoutInSeconds` is the department's own."""
    key = "visitorInactivityTimeoutInSeconds"
    rows = await q.rows(f"SELECT id, doc FROM departments WHERE doc ->> '{key}' IS NOT NULL")
    found = {row[0]: decode(row[1])[key] for row in rows}
    return {each: value for each, value in found.items() if type(value) is int and value > 0}
