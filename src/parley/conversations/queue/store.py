"""SQL of the queue. A department's id is None for the public queue, of chats without one."""

from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.agents.availability import online
from parley.conversations.queue.order import queue_order
from parley.conversations.verification.rule import given_to_agents
from parley.db.documents import Doc, Params, decode
from parley.db.tx import Reader, Tx
from parley.departments.units.oversight import department_seen
from parley.rooms.visibility import looks_at_public, visible_to

Settings = Any

MOST_DEPARTMENTS = 1000

_LAST_MESSAGE = "r.doc -> 'lastMessage'"
_FIRST_TEXT = (
    "(SELECT m.doc ->> 'msg' FROM messages m WHERE m.room_id = i.room_id AND m.kind IS NULL"
    " AND NOT m.hidden ORDER BY m.ts, m.seq, m.id LIMIT 1)"
)
_FULL = f"i.doc, {_LAST_MESSAGE}, {_FIRST_TEXT}"


class Waiting(NamedTuple):
    """A chat that waits, as the one who gives it out needs to know it."""

    room_id: str
    passed_over: str | None


def own_queue(person: Person, p: Params) -> str:
    """SQL predicate of the inquiries `i` in the queues that a person works on: who is only a
    monitor works on none."""
    me = p(person.user_id or "")
    if not looks_at_public(person):
        return f"i.default_agent = {me}"
    return (
        f"(i.default_agent = {me} OR (i.default_agent IS NULL AND (i.department_id IS NULL"
        " OR i.department_id IN (SELECT d.department_id FROM department_agents d"
        f" WHERE d.agent_id = {me} AND d.department_enabled))))"
    )


def reached_by(person: Person, p: Params, *, queued: str = "i.status = 'queued' AND ") -> str:
    """SQL predicate of the inquiries `i` with room `r` that the person may know of, and take."""
    return f"({visible_to(person, p)} OR ({queued}{own_queue(person, p)}))"


def _full(row: Any, *, texts: bool) -> Doc:
    """The whole inquiry; `texts`: with what was said, which is kept in the room only."""
    inquiry = decode(row[0])
    if texts:
        inquiry["message"] = row[2] or ""
        if row[1] is not None:
            inquiry["lastMessage"] = decode(row[1])
    return inquiry


async def inquiry_for(q: Reader, person: Person, room_id: str, *, texts: bool) -> Doc | None:
    p = Params(room_id)
    row = await q.row(
        f"SELECT {_FULL} FROM inquiries i JOIN rooms r ON r.id = i.room_id"
        f" WHERE i.room_id = $1 AND {reached_by(person, p)}",
        *p.values,
    )
    return None if row is None else _full(row, texts=texts)


async def room_of(q: Reader, person: Person, inquiry_id: str) -> str | None:
    """The room's id, if the person may take the inquiry, or might have a moment ago: who was too
    late is told so, rather than that there is none."""
    p = Params(inquiry_id)
    found: str | None = await q.value(
        "SELECT i.room_id FROM inquiries i JOIN rooms r ON r.id = i.room_id"
        f" WHERE i.id = $1 AND {reached_by(person, p, queued='')}",
        *p.values,
    )
    return found


async def queued(
    q: Reader, person: Person, department_id: str | None, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """Those that the person may know of, in short, and how many."""
    p = Params()
    where = f"i.status = 'queued' AND {reached_by(person, p)}"
    if department_id is not None:
        where += f" AND i.department_id = {p(department_id)}"
    rows_of = "inquiries i JOIN rooms r ON r.id = i.room_id"
    total = await q.value(f"SELECT count(*) FROM {rows_of} WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT i.doc FROM {rows_of} WHERE {where}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    keys = ("_id", "rid", "name", "ts", "status", "department")
    docs = [decode(row[0]) for row in rows]
    return [{key: doc[key] for key in keys if key in doc} for doc in docs], total


async def queued_for(
    q: Reader,
    person: Person,
    department_id: str | None,
    order: str,
    limit: int,
    offset: int,
    *,
    texts: bool,
) -> tuple[list[Doc], int]:
    """What waits in the queues that the person works on, in full; and how many."""
    p = Params()
    where = f"i.status = 'queued' AND {own_queue(person, p)}"
    if department_id is not None:
        where += f" AND i.department_id = {p(department_id)}"
    total = await q.value(f"SELECT count(*) FROM inquiries i WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT {_FULL} FROM inquiries i JOIN rooms r ON r.id = i.room_id WHERE {where}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [_full(row, texts=texts) for row in rows], total


async def place(q: Reader, settings: Settings, inquiry: Doc) -> int | None:
    """Counted from 1 in the department's queue; None for who does not wait."""
    p = Params(inquiry["_id"])
    order = queue_order(settings)
    found: int | None = await q.value(
        f"SELECT found.place FROM (SELECT i.id, row_number() OVER (ORDER BY {order})"
        " AS place FROM inquiries i WHERE i.status = 'queued' AND"
        f" {_queue_of(inquiry.get('department'), p)}) found WHERE found.id = $1",
        *p.values,
    )
    return found


class Place(NamedTuple):
    inquiry_id: str
    room_id: str


async def in_order(q: Reader, settings: Settings, department_id: str | None) -> list[Place]:
    """All who wait for the department, the first first."""
    p = Params()
    rows = await q.rows(
        "SELECT i.id, i.room_id FROM inquiries i"
        f" WHERE i.status = 'queued' AND {_queue_of(department_id, p)}"
        f" ORDER BY {queue_order(settings)}",
        *p.values,
    )
    return [Place(row[0], row[1]) for row in rows]


async def reaches(q: Reader, person: Person, room_id: str) -> bool:
    """Whether the person may see the room, or it waits in a queue of theirs."""
    p = Params(room_id)
    found = await q.value(
        "SELECT 1 FROM rooms r LEFT JOIN inquiries i ON i.room_id = r.id"
        f" WHERE r.id = $1 AND {reached_by(person, p)}",
        *p.values,
    )
    return found is not None


def _queue_of(department_id: str | None, p: Params) -> str:
    """SQL predicate of the inquiries `i` in one queue, as their indexes have it."""
    return f"COALESCE(i.department_id, '') = {p(department_id or '')}"


async def agents_there(q: Reader, settings: Settings, department_id: str | None) -> int:
    """How many agents of the department, or of all, can be given a chat by their status."""
    if department_id is None:
        return int(await q.value(f"SELECT count(*) FROM users u WHERE {online(settings)}"))
    sql = (
        "SELECT count(*) FROM department_agents d JOIN users u ON u.id = d.agent_id"
        f" WHERE d.department_id = $1 AND d.department_enabled AND {online(settings)}"
    )
    return int(await q.value(sql, department_id))


async def durations(q: Reader, department_id: str | None, most: int) -> list[float]:
    """Seconds that agents spent on each of the newest chats that are over."""
    p = Params(most)
    where = f"r.department_id = {p(department_id)}" if department_id else "r.department_id IS NULL"
    rows = await q.rows(
        "SELECT r.doc -> 'metrics' ->> 'serviceTimeDuration' FROM rooms r"
        f" WHERE {where} AND NOT r.open AND r.served_by IS NOT NULL"
        " ORDER BY r.ts DESC, r.id DESC LIMIT $1",
        *p.values,
    )
    return [float(row[0]) for row in rows if row[0] is not None]


async def passed_over(q: Reader, inquiry_id: str) -> str | None:
    found: str | None = await q.value(
        "SELECT i.passed_over FROM inquiries i WHERE i.id = $1", inquiry_id
    )
    return found


async def waiting_departments(q: Reader) -> list[str | None]:
    """Those with a queue, who waits longest first."""
    rows = await q.rows(
        "SELECT i.department_id FROM inquiries i WHERE i.status = 'queued'"
        f" GROUP BY i.department_id ORDER BY min(i.ts) LIMIT {MOST_DEPARTMENTS}"
    )
    return [row[0] for row in rows]


async def queues_with(q: Reader, rooms: set[str]) -> list[str | None]:
    """Departments in whose queues one of the rooms waits."""
    p = Params()
    among = ", ".join(map(p, rooms)) or "NULL"
    rows = await q.rows(
        "SELECT DISTINCT i.department_id FROM inquiries i"
        f" WHERE i.status = 'queued' AND i.room_id IN ({among})",
        *p.values,
    )
    return [row[0] for row in rows]


async def first_waiting(
    q: Reader, settings: Settings, department_id: str | None, most: int, *, asking: bool = False
) -> list[Waiting]:
    """Who is next in the queue, and after them; `asking`: of those who ask for an agent."""
    p = Params(most)
    test = " AND i.default_agent IS NOT NULL" if asking else ""
    rows = await q.rows(
        "SELECT i.room_id, i.passed_over FROM inquiries i"
        f" WHERE i.status = 'queued' AND {_queue_of(department_id, p)}{test}"
        f" AND {given_to_agents(settings)} ORDER BY {queue_order(settings)} LIMIT $1",
        *p.values,
    )
    return [Waiting(*row) for row in rows]


async def asking_for_absent(q: Reader, settings: Settings, most: int) -> list[str]:
    """Rooms that wait for one agent alone, who cannot be given a chat."""
    rows = await q.rows(
        "SELECT i.room_id FROM inquiries i LEFT JOIN users u"
        f" ON u.id = i.default_agent AND {online(settings)}"
        " WHERE i.status = 'queued' AND i.default_agent IS NOT NULL AND u.id IS NULL"
        " ORDER BY i.id LIMIT $1",
        most,
    )
    return [row[0] for row in rows]


async def waiting_since(q: Reader, before: str, most: int, *, untold: bool) -> list[str]:
    """Rooms that wait since before that moment; `untold`: of which nobody was told yet."""
    test = " AND (i.told_at IS NULL OR i.told_at <= i.queued_at)" if untold else ""
    rows = await q.rows(
        "SELECT i.room_id FROM inquiries i WHERE i.status = 'queued'"
        f" AND i.queued_at < $1{test} ORDER BY i.queued_at, i.id LIMIT $2",
        before,
        most,
    )
    return [row[0] for row in rows]


async def overdue(q: Reader, at: str, most: int) -> list[str]:
    """Rooms that wait for longer than their SLA says, of which nobody was told in this wait."""
    rows = await q.rows(
        "SELECT i.room_id FROM inquiries i WHERE i.status = 'queued' AND i.due_at IS NOT NULL"
        " AND i.due_at <= $1 AND (i.breached_at IS NULL OR i.breached_at <= i.queued_at)"
        " ORDER BY i.due_at, i.id LIMIT $2",
        at,
        most,
    )
    return [row[0] for row in rows]


async def due_at(q: Reader, inquiry_id: str) -> str | None:
    found: str | None = await q.value("SELECT due_at FROM inquiries WHERE id = $1", inquiry_id)
    return found


async def mark_breached(tx: Tx, inquiry_id: str, at: str) -> None:
    await tx.rows("UPDATE inquiries SET breached_at = $2 WHERE id = $1", inquiry_id, at)


async def mark_told(tx: Tx, inquiry_id: str, at: str) -> None:
    await tx.rows("UPDATE inquiries SET told_at = $2 WHERE id = $1", inquiry_id, at)


async def waits_by_department(
    q: Reader, person: Person, limit: int, offset: int
) -> tuple[list[tuple[str | None, str | None, int, str]], int, int, str | None]:
    """Of each queue (id, name, how many, since when); how many queues and chats, since when."""
    p = Params()
    where = f"i.status = 'queued' AND {department_seen(person, 'i.department_id', p)}"
    queues, chats, since = await q.row(
        "SELECT count(*), COALESCE(sum(each.chats), 0), min(each.since) FROM"
        " (SELECT count(*) AS chats, min(i.queued_at) AS since FROM inquiries i"
        f" WHERE {where} GROUP BY i.department_id) each",
        *p.values,
    ) or (0, 0, None)
    rows = await q.rows(
        "SELECT each.id, d.doc ->> 'name', each.chats, each.since FROM"
        " (SELECT i.department_id AS id, count(*) AS chats, min(i.queued_at) AS since"
        f" FROM inquiries i WHERE {where} GROUP BY i.department_id) each"
        " LEFT JOIN departments d ON d.id = each.id"
        f" ORDER BY each.since, COALESCE(each.id, '') LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    found = [(row[0], row[1], row[2], row[3]) for row in rows]
    return found, int(queues), int(chats), since


class Served(NamedTuple):
    """Filters of who serves how many; what is None filters nothing."""

    agent_id: str | None
    department_id: str | None
    offline: bool


async def served(
    q: Reader, person: Person, wanted: Served, order: str, limit: int, offset: int
) -> tuple[list[Any], int]:
    """(user id, username, status, department id, its name, chats) for each agent and department."""
    p = Params()
    tests = [department_seen(person, "each.department", p)]
    if wanted.agent_id is not None:
        tests.append(f"each.agent = {p(wanted.agent_id)}")
    if wanted.department_id is not None:
        tests.append(f"each.department = {p(wanted.department_id)}")
    if not wanted.offline:
        tests.append("u.status <> 'offline' AND u.status_livechat = 'available'")
    # Not by the columns alone: their indexes hold every room that was ever served.
    agent, department = "COALESCE(r.served_by, '')", "COALESCE(r.department_id, '')"
    grouped = (
        "SELECT each.* FROM"
        f" (SELECT {agent} AS agent, {department} AS department, count(*) AS chats"
        f" FROM rooms r WHERE r.open GROUP BY {agent}, {department}) each"
        f" JOIN users u ON u.id = each.agent WHERE {' AND '.join(tests)}"
    )
    total = await q.value(f"SELECT count(*) FROM ({grouped}) each", *p.values)
    rows = await q.rows(
        "SELECT u.id, u.doc ->> 'username', u.status, d.id, d.doc ->> 'name', each.chats"
        f" FROM ({grouped}) each JOIN users u ON u.id = each.agent"
        " LEFT JOIN departments d ON d.id = each.department"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [tuple(row) for row in rows], total
