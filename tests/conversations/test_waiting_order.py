"""Whatever who waits asks for, they are served in the specified order; no limit is exceeded."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from parley.conversations.queue.giving_out import give_out
from parley.db import Reader
from parley.db.documents import Doc, decode
from parley.jobs import Worker
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.conversations.test_on_hold import HOLD, RESUME
from tests.conversations.test_priorities import ids
from tests.conversations.test_queue import events, one, seen, waits
from tests.conversations.test_sla import SET, policy, put
from tests.office import Client, Json, Office, Visitor

ORDER: dict[str, Callable[[Doc], Any]] = {
    "Timestamp": lambda doc: (),
    "Priority": lambda doc: doc["priorityWeight"],
    "SLAs": lambda doc: doc["estimatedWaitingTimeQueue"],
}


async def inquiries(office: Office) -> list[Doc]:
    async def read(q: Reader) -> list[Doc]:
        return [decode(row[0]) for row in await q.rows("SELECT doc FROM inquiries")]

    return await office.db.read(read)


def specified(docs: list[Doc], mechanism: str) -> list[str]:
    """Ids, as contract/management.md §4.2 says: first the mechanism's, then `ts`, the one that
    changed last first."""
    docs = sorted(docs, key=lambda doc: str(doc["_id"]))
    docs.sort(key=lambda doc: str(doc["_updatedAt"]), reverse=True)
    docs.sort(key=lambda doc: str(doc["ts"]))
    docs.sort(key=ORDER[mechanism])
    return [doc["_id"] for doc in docs]


@pytest.mark.parametrize("mechanism", [*ORDER])
@pytest.mark.parametrize("seed", [1, 2])
async def test_they_are_served_in_order(
    office: Office, clock: Clock, mechanism: str, seed: int
) -> None:
    """Several workers give out at once what waits in two queues, while agents become free."""
    random = Random(seed)
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", 2)
    await office.setting("Omnichannel_sorting_mechanism", mechanism)
    agents = [await office.agent() for _ in range(2)]
    sales = (await office.department(*agents))["_id"]
    weights = [*(await ids(office.admin)).values(), ""]
    policies = [await policy(office, f"SLA {n}", n) for n in (5, 30)] + [""]
    for n in range(24):
        clock.wait(milliseconds=random.randrange(2))
        where = {"department": sales} if n % 2 else {}
        _, room = await waits(office, **where)
        if priority := random.choice(weights):
            await office.admin.post(f"livechat/room/{room}/priority", priorityId=priority)
        clock.wait(milliseconds=random.randrange(2))
        if sla := random.choice(policies):
            await put(office, SET, roomId=room, sla=sla)
    queues = {"public": None, sales: sales}
    waiting = await inquiries(office)
    expected = {
        stream: specified([doc for doc in waiting if doc.get("department") == key], mechanism)
        for stream, key in queues.items()
    }
    before = {stream: len(await events(office, f"queue:{stream}")) for stream in queues}
    shown = await agents[0].get("livechat/inquiries.queuedForUser", department=sales)
    assert [doc["_id"] for doc in shown["inquiries"]] == expected[sales]
    for _ in range(40):
        await asyncio.gather(*[give_out(office.db, {}) for _ in range(3)], _free(office, random))
        if not [doc for doc in await inquiries(office) if doc["status"] == "queued"]:
            break
    for stream in queues:
        told = (await events(office, f"queue:{stream}"))[before[stream] :]
        # A chat leaves the queue once, and is told of again when it closes.
        taken = list(dict.fromkeys(key for kind, key in told if kind == "inquiry"))
        assert taken == expected[stream]
    assert await broken(office) == {}


async def _free(office: Office, random: Random) -> None:
    """Some who are served say good-bye."""
    found = [doc["rid"] for doc in await inquiries(office) if doc["status"] == "taken"]
    for room in random.sample(found, min(2, len(found))):
        await office.admin.post("livechat/room.closeByUser", rid=room, comment="bye")


async def test_who_becomes_urgent_is_next(office: Office, clock: Clock) -> None:
    """Also while a worker is at it, and knows the queue as it was."""
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Omnichannel_sorting_mechanism", "Priority")
    await office.agent()
    rooms = []
    for _ in range(4):
        rooms.append((await waits(office))[1])
        clock.wait(seconds=1)
    key = (await ids(office.admin))["Highest"]
    order: list[str] = []
    act = office.db.act

    async def watched(fn: Any, *args: Any, **more: Any) -> Any:
        found = await act(fn, *args, **more)
        if fn.__name__ == "_give_first" and found is not None:
            order.append(found.room_id)
            if len(order) == 1:
                path = f"livechat/room/{rooms[3]}/priority"
                await office.admin.post(path, priorityId=key)
        return found

    office.db.act = watched  # type: ignore[method-assign] # to look on
    await give_out(office.db, {})
    assert order == [rooms[0], rooms[3], rooms[1], rooms[2]]


LIMIT = 2


class Day:
    """Random acts around chats on hold; that each may be refused is part of it."""

    def __init__(self, office: Office, random: Random) -> None:
        self.office, self.random = office, random
        self.agents: list[Client] = []
        self.visitors: list[Visitor] = []
        self.held = 0

    async def begin(self) -> None:
        self.agents = [await self.office.agent() for _ in range(3)]
        department = (await self.office.department(*self.agents[:2]))["_id"]
        for n in range(14):
            fields = {"department": department} if n % 2 else {}
            self.visitors.append(await self.office.visitor(**fields))

    async def act(self) -> None:
        kinds = {"say": 5, "answer": 4, "hold": 6, "resume": 3, "status": 1, "close": 1, "work": 1}
        kind = self.random.choices([*kinds], [*kinds.values()])[0]
        visitor, agent = self.random.choice(self.visitors), self.random.choice(self.agents)
        if kind == "work":
            await Worker(self.office.db, JOBS).run_what_is_due()
            await give_out(self.office.db, {})
            return
        query = {"token": visitor.token}
        answer = await self.office.nobody.call("GET", "livechat/room", params=query)
        if answer.status_code != 200:
            return  # nobody is there
        room = answer.json()["room"]["_id"]
        answer = await self._call(kind, visitor, agent, room)
        assert answer.status_code in (200, 400, 403), answer.text
        self.held += kind == "hold" and answer.status_code == 200

    async def _call(self, kind: str, visitor: Visitor, agent: Client, room: str) -> Any:
        nobody, admin = self.office.nobody, self.office.admin
        match kind:
            case "say":
                body: Json = {"token": visitor.token, "rid": room, "msg": "hello"}
                return await nobody.call("POST", "livechat/message", json=body)
            case "answer":
                body = {"message": {"rid": room, "msg": "one moment"}}
                return await agent.call("POST", "chat.sendMessage", json=body)
            case "hold":
                return await admin.call("POST", HOLD, json={"roomId": room})
            case "resume":
                who = self.random.choice([agent, admin])
                return await who.call("POST", RESUME, json={"roomId": room})
            case "status":
                status = self.random.choice(["available", "available", "not-available"])
                return await agent.call("POST", "livechat/agent.status", json={"status": status})
            case _:
                body = {"token": visitor.token, "rid": room}
                return await nobody.call("POST", "livechat/room.close", json=body)


async def most_served(office: Office) -> int:
    """Chats, not on hold, of the agent who has the most."""
    sql = (
        "SELECT count(*) FROM rooms WHERE open AND served_by IS NOT NULL"
        " AND COALESCE(CAST(doc -> 'onHold' AS text) <> 'true', true)"
        " GROUP BY served_by ORDER BY 1 DESC LIMIT 1"
    )
    return await office.db.read(lambda q: q.value(sql)) or 0


@pytest.mark.parametrize("seed", [3, 4])
async def test_no_limit_is_exceeded_by_resuming(office: Office, seed: int) -> None:
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", LIMIT)
    await office.setting("Livechat_allow_manual_on_hold_upon_agent_engagement_only", False)
    day = Day(office, Random(seed))
    await day.begin()
    most = 0
    for burst in [1] * 30 + [6] * 25:
        await asyncio.gather(*[day.act() for _ in range(burst)])
        most = max(most, now := await most_served(office))
        assert now <= LIMIT
    assert most == LIMIT
    assert day.held > 5
    for agent in day.agents:
        await agent.post("livechat/agent.status", status="available")
    await Worker(office.db, JOBS).run_what_is_due()
    await give_out(office.db, {})
    assert await most_served(office) <= LIMIT
    waits_still = [doc for doc in await inquiries(office) if doc["status"] == "queued"]
    for doc in waits_still:  # nobody is lost: who waits, waits because all are busy
        assert "servedBy" not in await seen(office, doc["rid"])
        assert (await one(office.admin, doc["rid"]))["queuedAt"]
    assert await broken(office) == {}
