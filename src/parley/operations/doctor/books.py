"""What must hold between rooms, messages and all that counts them, at any time.

Each rule is one statement that finds the rows which break it. The database walks; a few ids are all
that comes here.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

from parley.db.snapshot import Snapshot
from parley.messages.kinds import KINDS
from parley.operations.doctor.finding import Finding, error, ok

WHAT = "books"
NAMED = 10


class Rule(NamedTuple):
    holds: str
    broken: str
    """What to say of rows that break it, after their number."""
    sql: str
    """One column: the id of each such row."""
    remedy: str

    async def look(self, found: Snapshot) -> AsyncIterator[Finding]:
        rows = await found.q.rows(
            f"SELECT id, count(*) OVER () FROM ({self.sql}) broken ORDER BY id LIMIT {NAMED}"
        )
        if not rows:
            yield ok(WHAT, self.holds)
            return
        ids = ", ".join(str(row[0]) for row in rows)
        more = ", …" if rows[0][1] > NAMED else ""
        yield error(WHAT, f"{rows[0][1]:,} {self.broken}: {ids}{more}", self.remedy)


_REPORT = "please report it with these ids; "


def _number(doc: str, key: str) -> str:
    """A document's whole number, 0 for any other shape: the idiom of the migrations."""
    text = f"CAST({doc} -> '{key}' AS text)"
    return (
        f"CASE WHEN trim({text}, '-0123456789') = '' AND length({text}) < 16"
        f" THEN CAST({doc} ->> '{key}' AS bigint) ELSE 0 END"
    )


def _weight() -> str:
    cases = " ".join(
        f"WHEN '{name}' THEN {kind.weight}" for name, kind in KINDS.items() if name is not None
    )
    # A message without a kind is what people write; so is, as far as we know, an unknown one.
    return f"CASE m.kind {cases} ELSE {KINDS[None].weight} END"


def _wait_differs() -> str:
    """Whether the inquiry `i` waits by another priority or SLA than its room `r` has."""
    texts = [
        f"COALESCE(i.doc ->> '{key}', '') <> COALESCE(r.doc ->> '{key}', '')"
        for key in ("priorityId", "slaId")
    ]
    numbers = [
        f"i.{column} <> {_number('r.doc', key)}"
        for column, key in (
            ("priority", "priorityWeight"),
            ("patience", "estimatedWaitingTimeQueue"),
        )
    ]
    return " OR ".join([*texts, *numbers])


SHOWN = ("lastMessage", "closingMessage")


def _shows_missing(key: str) -> str:
    shown = f"r.doc -> '{key}' ->> '_id'"
    return (
        f"({shown} IS NOT NULL AND NOT EXISTS"
        f" (SELECT 1 FROM messages m WHERE m.id = {shown} AND m.room_id = r.id))"
    )


RULES = [
    Rule(
        "each room counts its messages",
        "rooms count other messages than they have",
        f"SELECT r.id FROM rooms r WHERE r.msgs <> COALESCE((SELECT sum({_weight()})"
        " FROM messages m WHERE m.room_id = r.id), 0)",
        _REPORT + "the messages are whole, the number shown for the room is not",
    ),
    Rule(
        "each message has its room",
        "rooms are missing whose messages are there",
        "SELECT m.room_id AS id FROM (SELECT DISTINCT room_id FROM messages) m"
        " WHERE NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = m.room_id)",
        _REPORT + "a backup from before may hold the rooms",
    ),
    Rule(
        "each room shows messages that are there",
        "rooms show a last or closing message that is not there",
        "SELECT r.id FROM rooms r WHERE " + " OR ".join(_shows_missing(key) for key in SHOWN),
        _REPORT + "a deleted text may be among what is shown",
    ),
    Rule(
        "what is left of deleted messages is left of rooms that are there",
        "rooms are missing of which deleted or changed messages are left",
        "SELECT l.room_id AS id FROM (SELECT room_id FROM deleted_messages"
        " UNION SELECT room_id FROM message_versions) l"
        " WHERE NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = l.room_id)",
        _REPORT + "what such messages said may be left as well",
    ),
    Rule(
        "each room counts who takes part",
        "rooms count other people than take part",
        f"SELECT r.id FROM rooms r WHERE {_number('r.doc', 'usersCount')} <> 1 +"
        " (SELECT count(*) FROM subscriptions s WHERE s.room_id = r.id)",
        _REPORT + "conversations are not harmed",
    ),
    Rule(
        "who serves an open room takes part in it",
        "open rooms are served by somebody who does not take part",
        "SELECT r.id FROM rooms r WHERE r.open AND r.served_by IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM subscriptions s WHERE s.room_id = r.id AND s.user_id = r.served_by)",
        _REPORT + "closing such a room ends the trouble",
    ),
    Rule(
        "each open room is served or waits in a queue",
        "open rooms are neither served nor in a queue: nobody sees them",
        "SELECT r.id FROM rooms r WHERE r.open AND r.served_by IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM inquiries i WHERE i.room_id = r.id)",
        _REPORT + "a manager can close such a room by its id",
    ),
    Rule(
        "who waits does so by the priority and SLA of their room",
        "chats wait by another priority or SLA than their rooms have",
        "SELECT i.room_id AS id FROM inquiries i JOIN rooms r ON r.id = i.room_id"
        f" WHERE {_wait_differs()}",
        _REPORT + "setting the room's priority or SLA again ends the trouble",
    ),
    Rule(
        "what is on hold is open, and somebody serves it",
        "rooms are on hold that are closed or that nobody serves",
        "SELECT r.id FROM rooms r WHERE CAST(r.doc -> 'onHold' AS text) = 'true'"
        " AND (NOT r.open OR r.served_by IS NULL)",
        _REPORT + "closing such a room ends the trouble",
    ),
    Rule(
        "queues and subscriptions lead to open rooms",
        "closed or missing rooms are still in a queue or in somebody's list",
        "SELECT DISTINCT e.room_id AS id FROM (SELECT room_id FROM subscriptions"
        " UNION ALL SELECT room_id FROM inquiries) e"
        " WHERE NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = e.room_id AND r.open)",
        _REPORT + "the entries lead nowhere",
    ),
    Rule(
        "a visitor has one open room",
        "visitors have several open rooms",
        "SELECT r.visitor_id AS id FROM rooms r WHERE r.open AND NOT r.beside"
        " GROUP BY r.visitor_id HAVING count(*) > 1",
        _REPORT + "close all but the newest",
    ),
    Rule(
        "each department counts its agents",
        "departments count other agents than they have",
        f"SELECT d.id FROM departments d WHERE {_number('d.doc', 'numAgents')} <>"
        " (SELECT count(*) FROM department_agents a WHERE a.department_id = d.id)",
        _REPORT + "chats are routed by the agents, not by their number",
    ),
    Rule(
        "each stream of events knows its newest",
        "streams of events are behind their events",
        "SELECT o.stream AS id FROM (SELECT stream, max(number) AS newest FROM outbox"
        " GROUP BY stream) o LEFT JOIN streams s ON s.name = o.stream"
        " WHERE s.last IS NULL OR s.last < o.newest",
        _REPORT + "clients may miss events of these",
    ),
]
