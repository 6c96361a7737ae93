"""What must hold at any moment of the day, of one state of the database; and at its end."""

from collections import Counter, defaultdict
from typing import Any

from parley.db.documents import decode
from parley.db.snapshot import snapshot
from parley.operations.doctor.books import RULES
from tests.faults.day.staff import DEPARTMENT_LIMIT, LIMITED, Staff
from tests.faults.day.visits import Chat
from tests.faults.day.wire import Json

BY_WILL = ("taken", "forwarded-to-agent")
"""Reasons by which somebody may have more chats than their limit."""


class State:
    """Rooms, who takes part in them, who waits, and why, as of one moment."""

    def __init__(self, tables: dict[str, list[Any]], broken: dict[str, list[str]]) -> None:
        self.broken = broken
        self.rooms: dict[str, Json] = {r["_id"]: r for r in map(_doc, tables["rooms"])}
        self.inquiries = {i["rid"]: i for i in map(_doc, tables["inquiries"])}
        self.parts: dict[str, list[str]] = defaultdict(list)
        for row in tables["subscriptions"]:
            self.parts[row[0]].append(row[1])
        self.reasons: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for room_id, outcome, reason in tables["routing_decisions"]:
            self.reasons[room_id].append((outcome, reason))

    @property
    def open(self) -> list[Json]:
        return [room for room in self.rooms.values() if room.get("open")]

    @property
    def waiting(self) -> list[Json]:
        return [room for room in self.open if "servedBy" not in room]

    def served_by(self, agent_id: str) -> list[Json]:
        return [r for r in self.open if r.get("servedBy", {}).get("_id") == agent_id]


def _doc(row: Any) -> Json:
    return decode(row[0])


COLUMNS = {
    "rooms": "doc FROM rooms",
    "inquiries": "doc FROM inquiries",
    "subscriptions": "room_id, user_id FROM subscriptions",
    "routing_decisions": "room_id, outcome, reason FROM routing_decisions ORDER BY room_id, number",
}


async def state_of(url: str) -> State:
    async with snapshot(url) as found:
        tables = {name: await found.q.rows(f"SELECT {sql}") for name, sql in COLUMNS.items()}
        broken = {}
        for rule in RULES:
            if rows := await found.q.rows(rule.sql):
                broken[rule.holds] = [row[0] for row in rows]
    return State(tables, broken)


def check(state: State, *, limits: Staff | None = None) -> None:
    """At any moment. `limits`: they have held since before any chat that is open began."""
    assert state.broken == {}
    for room in state.rooms.values():
        key = room["_id"]
        parts, inquiry = state.parts[key], state.inquiries.get(key)
        assert state.reasons[key], f"nobody noted why {key} went where it went"
        if not room.get("open"):
            assert (parts, inquiry) == ([], None), room
            continue
        assert inquiry is not None, room
        assert inquiry.get("department") == room.get("departmentId")
        outcome, reason = state.reasons[key][-1]
        if "servedBy" in room:
            assert parts == [room["servedBy"]["_id"]], (room, parts)
            assert inquiry["status"] == "taken", inquiry
            assert outcome == "assigned", (room, outcome, reason)
        else:
            assert parts == [], (room, parts)
            assert inquiry["status"] == "queued", inquiry
            assert outcome == "queued" and reason, (room, outcome)
    if limits is not None:
        for agent in limits.agents.values():
            mine = state.served_by(agent.id)
            _check_limit(mine, agent.limit, state)
            there = [r for r in mine if r.get("departmentId") == limits.departments[LIMITED]]
            _check_limit(there, DEPARTMENT_LIMIT, state)


def _check_limit(rooms: list[Json], limit: int, state: State) -> None:
    """Whoever was given a chat had fewer than the limit then; those that are left say as much."""
    for room in rooms:
        earlier = [r for r in rooms if r["servedBy"]["ts"] < room["servedBy"]["ts"]]
        if state.reasons[room["_id"]][-1][1] not in BY_WILL:
            assert len(earlier) < limit, (room, len(earlier))


def check_ledger(state: State, chats: list[Chat], messages: dict[str, list[Json]]) -> Counter[str]:
    """Each chat that was answered is there once, and so is what was said in it, in order."""
    of_visitor: dict[str, list[str]] = defaultdict(list)
    for room in state.rooms.values():
        of_visitor[room["fname"].removeprefix("V ")].append(room["_id"])
    ends: Counter[str] = Counter()
    for chat in chats:
        mine = of_visitor.pop(chat.token, [])
        assert chat.room in mine and (len(mine) == 1 or chat.twice), (chat, mine)
        room = state.rooms[chat.room]
        assert not (chat.closed and room.get("open")), (chat, room)
        said = [m for m in messages[chat.room] if "t" not in m]
        kept = [m["_id"] for m in said if m["_id"] not in chat.unsure]
        assert kept == chat.said, (chat, kept)
        assert all(m["msg"] == f"text {m['_id']}" for m in said)
        _check_servers(room, messages[chat.room])
        ends["open" if room.get("open") else "closed"] += 1
    assert not of_visitor
    return ends


def _check_servers(room: Json, messages: list[Json]) -> None:
    """One joins, and only then the one before leaves: never two who came, and nobody twice."""
    inside: list[str] = []
    for message in messages:
        who = message["u"]["_id"]
        if message.get("t") == "uj":
            assert who not in inside, (room, who)
            inside.append(who)
            assert len(inside) <= 2, (room, inside)
        elif message.get("t") == "ul":
            inside.remove(who)
    served = room.get("servedBy", {}).get("_id")
    assert inside == ([served] if served else []), (room, inside)
