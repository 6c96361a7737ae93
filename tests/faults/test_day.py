"""A day of an office over HTTP, whose server is killed twice in its midst: no chat is lost, none is
served by two, and whoever waits has a reason that is stored."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from parley.db import open_database
from tests.faults.day.books import State, check, check_ledger, state_of
from tests.faults.day.staff import OFFICE_LIMIT, Staff, hire
from tests.faults.day.visits import BY_HAND, Day
from tests.faults.day.wire import Json, Line, Wire
from tests.faults.invariants import check_books
from tests.office import open_office
from tests.server import Server

SEED = 20261130
AT_ONCE = 40
LEFT = "Left for the day"
RESTING = 12
"""Chats that nobody goes on with while their agents leave."""
PATIENCE = 90.0
"""Seconds until what is to come by itself has come."""

VISITORS = {"sqlite": 2000, "postgres": 400}


class House:
    """The servers of the day, one of which may be killed."""

    def __init__(self, servers: list[Server], wire: Wire) -> None:
        self._servers, self._wire = servers, wire
        self._lines: list[Line] = []

    def open(self) -> None:
        self._lines = [self._wire.up(server.start().url) for server in self._servers]

    async def kill_one(self, coming: Coroutine[Any, Any, None]) -> None:
        """When it has come."""
        await coming
        # Nothing runs here meanwhile: no call is made to a server that is known to be dead.
        self._servers[0].kill()
        self._wire.down(self._lines[0])
        started = await asyncio.to_thread(self._servers[0].start)
        self._lines[0] = self._wire.up(started.url)

    def close(self) -> None:
        for line in self._lines:
            self._wire.down(line)
        for server in self._servers:
            assert server.stop() == 0


async def until(url: str, what: str, holds: Callable[[State], bool]) -> State:
    """The first state of the database in which it holds."""
    ends = time.monotonic() + PATIENCE
    while not holds(state := await state_of(url)):
        assert time.monotonic() < ends, what
        await asyncio.sleep(0.3)
    return state


@pytest.fixture
async def servers(database_url: str, engine: str, tmp_path: Path) -> AsyncIterator[list[Server]]:
    """One on SQLite, two on PostgreSQL."""
    count = 1 if engine == "sqlite" else 2
    made = [Server(tmp_path / f"data{n}", database_url, test_mode=True) for n in range(count)]
    yield made
    for server in made:
        server.kill()


@asynccontextmanager
async def opened(house: House, day: Day) -> AsyncIterator[None]:
    house.open()
    moving = asyncio.create_task(day.comings_and_goings(every=6))
    try:
        yield
        assert not moving.done(), moving
    finally:
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        day.wire.close()


async def test_a_day(servers: list[Server], database_url: str, engine: str) -> None:
    db = await open_database(database_url)
    async with open_office(db) as office:
        staff = await hire(office)
    await db.close()
    wire = Wire(Random(SEED))
    day, house = Day(wire, staff, SEED), House(servers, wire)
    part = VISITORS[engine] // 20
    print(f"seed {SEED}")
    async with opened(house, day):
        await _morning(day, database_url, 5 * part)
        await _rush(day, house, database_url, 7 * part)
        await _by_hand(day, house, database_url, 4 * part)
        await _afternoon(day, database_url, 4 * part)
        await _evening(day, staff, database_url)
    print(f"{wire.made} calls, {wire.repeated} of them again; {dict(sorted(day.done.items()))}")
    house.close()

    state, messages = await state_of(database_url), defaultdict[str, list[Json]](list)
    for message in (await check_books(database_url)).values():
        messages[message["rid"]].append(message)
    check(state)
    ends = check_ledger(state, day.chats, messages)
    assert sum(ends.values()) == VISITORS[engine]
    for act in ("start", "say", "answer", "forward", "returnAsInquiry", "move", "take", "close"):
        assert day.done[act] > part // 10, act
    assert day.done["refused: take: error-inquiry-taken"] > day.done["take"]
    assert wire.repeated > 0


async def _morning(day: Day, url: str, visitors: int) -> None:
    """Each chat is given at once; chats of who leaves are theirs, whenever they come back."""
    await day.set(Livechat_Routing_Method="Auto_Selection")
    await day.visits(visitors, AT_ONCE)
    check(await state_of(url))


async def _rush(day: Day, house: House, url: str, visitors: int) -> None:
    """Limits hold, and many wait; chats of who leaves go to somebody else. The server is killed."""
    await day.set(
        Livechat_Routing_Method="Load_Balancing",
        Livechat_maximum_chats_per_agent=OFFICE_LIMIT,
        Livechat_waiting_queue=True,
        Livechat_agent_leave_action_timeout=1,
        Livechat_agent_leave_action="forward",
    )
    middle = len(day.chats) + visitors // 2
    killing = asyncio.create_task(house.kill_one(day.until(lambda: day.done["start"] >= middle)))
    for _ in range(4):
        await day.visits(visitors // 4, AT_ONCE * 2)
        check(await state_of(url), limits=day.staff)
        await _explained(day, await state_of(url))
    await killing
    wanted = {chat.room: chat.wanted for chat in day.chats}
    left = await _some_leave(
        day, await state_of(url), {key for key, place in wanted.items() if place}
    )
    assert left

    def handed_on(state: State) -> bool:
        away = [r for agent in day.staff.away() for r in state.served_by(agent.id)]
        return not [room for room in away if wanted[room["_id"]]]

    state = await until(url, "chats of who left go to others", handed_on)
    check(state, limits=day.staff)
    assert all(state.rooms[key].get("open") for key in left)


async def _by_hand(day: Day, house: House, url: str, visitors: int) -> None:
    """Agents take chats, several each at once. The server is killed again."""
    await day.set(
        Livechat_Routing_Method=BY_HAND,
        Livechat_waiting_queue=False,
        Livechat_agent_leave_action="none",
    )
    middle = day.done["take"] + visitors // 2
    killing = asyncio.create_task(house.kill_one(day.until(lambda: day.done["take"] >= middle)))
    await day.visits(visitors, AT_ONCE)
    await killing
    check(await state_of(url))
    await _explained(day, await state_of(url))


async def _afternoon(day: Day, url: str, visitors: int) -> None:
    """By turns; chats of who leaves are closed."""
    await day.set(
        Livechat_Routing_Method="Load_Rotation",
        Livechat_agent_leave_comment=LEFT,
        Livechat_agent_leave_action="close",
    )
    await day.visits(visitors - RESTING, AT_ONCE)
    resting = {chat.room for chat in await day.arrive(RESTING)}
    left = await _some_leave(day, await state_of(url), resting)

    def closed(state: State) -> bool:
        return not [r for agent in day.staff.away() for r in state.served_by(agent.id)]

    state = await until(url, "chats of who left are closed", closed)
    check(state)
    assert left
    assert {state.rooms[key]["closingMessage"]["msg"] for key in left} == {LEFT}


async def _some_leave(day: Day, state: State, rooms: set[str]) -> set[str]:
    """Of whoever serves these rooms three at most; which rooms they leave."""
    left: set[str] = set()
    gone = 0
    for agent in day.staff.here():
        mine = {room["_id"] for room in state.served_by(agent.id)} & rooms
        if mine and gone < 3 and await day.staff.go(day.wire, agent):
            gone += 1
            left |= mine
    return left


async def _evening(day: Day, staff: Staff, url: str) -> None:
    """Everybody is there: nobody waits but where nobody works, and why is stored."""
    await day.set(Livechat_Routing_Method="Auto_Selection", Livechat_agent_leave_action="none")
    for agent in staff.away():
        await staff.come(day.wire, agent)
    branch = staff.departments["branch"]
    state = await until(
        url, "nobody waits", lambda s: {r.get("departmentId") for r in s.waiting} <= {branch}
    )
    await _explained(day, state)
    await day.go_on()
    assert {chat.room for chat in day.aside} >= {room["_id"] for room in state.waiting}


async def _explained(day: Day, state: State) -> None:
    """The API says why each of them waits."""
    for room in state.waiting:
        path = f"livechat/routing.explain?roomId={room['_id']}"
        answer = await day.wire.call("GET", path, None, day.staff.admin)
        assert answer.good, answer
        assert answer.body["decisions"], answer
        assert answer.body["code"] not in ("", "not-noted"), answer
