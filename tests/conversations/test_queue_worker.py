"""The waiting queue by the clock: who waits is given out in order, told of, and closed at last."""

import asyncio
from typing import Any

import pytest

from parley.conversations.queue.giving_out import give_out
from parley.conversations.queue.long_waits import watch
from parley.conversations.queue.places import Pace, estimate
from parley.db import Tx
from parley.jobs import Worker
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.conversations.test_queue import MANUAL, RETURN, TAKE, events, one, seen, waits
from tests.office import Json, Office

FREE = "Livechat_accept_chats_with_no_agents"


async def work(office: Office) -> None:
    """What is due beside the requests, but for what comes by the clock."""
    await Worker(office.db, JOBS).run_what_is_due()


async def served(office: Office, rooms: list[str]) -> list[str | None]:
    """By whom, of each room."""
    found = [await seen(office, room) for room in rooms]
    return [room.get("servedBy", {}).get("username") for room in found]


async def leave(office: Office, *people: Any) -> None:
    for person in people:
        await person.post("livechat/agent.status", status="not-available")


async def test_who_comes_first_is_served_first(office: Office, clock: Clock) -> None:
    """Queues take turns, and each agent gets their own departments' chats alone."""
    await office.setting("Livechat_waiting_queue", True)
    ann = await office.agent(username="ann")
    await office.agent(username="ben")
    sales = await office.department(ann)
    rooms = []
    for where in ({"department": sales["_id"]}, {}, {"department": sales["_id"]}, {}):
        rooms.append((await waits(office, **where))[1])
        clock.wait(seconds=1)
    [top, *_] = (await office.admin.get("livechat/priorities"))["priorities"]
    await office.admin.post(f"livechat/room/{rooms[3]}/priority", priorityId=top["_id"])
    await office.setting("Omnichannel_sorting_mechanism", "Priority")
    assert await served(office, rooms) == [None] * 4
    await work(office)
    # Whoever is served later has the later time: sales' first, the public queue's first, and so on.
    assert await served(office, rooms) == ["ann", "ben", "ann", "ann"]
    taken = [event for event in await events(office, "queue:public") if event[0] == "inquiry"]
    keys = [(await one(office.admin, room))["_id"] for room in rooms]
    # Two began to wait, and one became urgent.
    assert [key for _, key in taken][3:] == [keys[3], keys[1]]
    assert [(await one(office.admin, room))["status"] for room in rooms] == ["taken"] * 4
    assert await broken(office) == {}


async def test_nobody_is_forgotten_without_the_waiting_queue(office: Office) -> None:
    """A chat for which nobody was found goes to the next who appears."""
    await office.setting(FREE, True)
    ann = await office.agent(username="ann")
    sales = await office.department(ann)
    await leave(office, ann)
    rooms = [(await waits(office))[1], (await waits(office, department=sales["_id"]))[1]]
    await give_out(office.db, {})
    assert await served(office, rooms) == [None, None]
    await ann.post("livechat/agent.status", status="available")
    await work(office)
    assert await served(office, rooms) == ["ann", "ann"]
    assert await broken(office) == {}


async def test_one_job_is_enough(office: Office) -> None:
    await office.setting("Livechat_waiting_queue", True)
    await office.agent()
    rooms = [(await waits(office))[1] for _ in range(5)]
    sql = "SELECT count(*) FROM jobs WHERE kind = 'queue.look' AND state = 'waiting'"
    assert await office.db.read(lambda q: q.value(sql)) == 1
    await work(office)
    assert None not in await served(office, rooms)
    # Nobody waits: nothing to look at.
    await office.agent()
    assert await office.db.read(lambda q: q.value(sql)) == 0


async def test_an_inquiry_that_leads_nowhere_holds_nobody_up(office: Office) -> None:
    await office.setting("Livechat_waiting_queue", True)
    ann = await office.agent(username="ann")
    rooms = [(await waits(office))[1] for _ in range(4)]
    closed, served_already = rooms[0], rooms[1]
    by = {"_id": ann.user_id, "username": "ann", "ts": "2026-01-01T00:00:00.000Z"}
    await office.patch("rooms", served_already, servedBy=by)
    await office.patch("rooms", closed, open=False)

    async def lose(tx: Tx) -> None:
        await tx.rows("DELETE FROM rooms WHERE id = $1", rooms[2])

    await office.db.act(lose)
    await give_out(office.db, {})
    sql = "SELECT room_id, status FROM inquiries ORDER BY room_id"
    found = [tuple(row) for row in await office.db.read(lambda q: q.rows(sql))]
    assert found == sorted([(served_already, "taken"), (rooms[3], "taken")])
    assert await served(office, [rooms[3]]) == ["ann"]


async def test_several_workers_and_one_that_dies(office: Office) -> None:
    """Each chat is given once, whoever looks at the queue beside whom, and dies meanwhile."""
    await office.setting("Livechat_waiting_queue", True)
    for _ in range(3):
        await office.agent()
    rooms = [(await waits(office))[1] for _ in range(24)]
    dying = asyncio.create_task(give_out(office.db, {}))
    for _ in range(40):
        await asyncio.sleep(0)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await asyncio.gather(*[give_out(office.db, {}) for _ in range(3)])
    names = await served(office, rooms)
    assert sorted(names.count(name) for name in set(names)) == [8, 8, 8]
    for room in rooms:
        assert (await seen(office, room))["usersCount"] == 2
    assert await broken(office) == {}


async def test_who_gave_a_chat_back_is_passed_over(office: Office) -> None:
    """It holds nobody up who waits behind it, and goes to the next agent."""
    await office.setting("Livechat_waiting_queue", True)
    ann = await office.agent(username="ann")
    _, first = await waits(office)
    await work(office)
    assert (await ann.post(RETURN, roomId=first))["result"] is True
    _, second = await waits(office)
    await work(office)
    assert await served(office, [first, second]) == [None, "ann"]
    await office.agent(username="ben")
    await work(office)
    assert await served(office, [first]) == ["ben"]


async def test_an_agent_who_was_asked_for_comes_first(office: Office) -> None:
    await office.setting("Livechat_waiting_queue", True)
    await office.agent(username="ann")
    ben = await office.agent(username="ben")
    rooms = []
    for _ in range(3):
        visitor = await office.visitor()
        query = {"token": visitor.token, "agentId": ben.user_id}
        rooms.append((await office.nobody.get("livechat/room", **query))["room"]["_id"])
    await work(office)
    assert await served(office, rooms) == ["ben"] * 3


async def test_forwarding_waits_its_turn(office: Office) -> None:
    await office.setting("Livechat_waiting_queue", True)
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    sales, help_ = await office.department(ann), await office.department(ben)
    _, room = await waits(office, department=sales["_id"])
    await work(office)
    forward = {"roomId": room, "departmentId": help_["_id"]}
    await office.admin.post("livechat/room.forward", **forward)
    assert await served(office, [room]) == [None]
    await work(office)
    assert await served(office, [room]) == ["ben"]


async def test_it_rests_as_long_as_the_setting_says(office: Office) -> None:
    assert await give_out(office.db, {}) == 5
    await office.setting("Omnichannel_queue_delay_timeout", 0)
    assert await give_out(office.db, {}) == 5
    await office.setting("Omnichannel_queue_delay_timeout", 30)
    assert await give_out(office.db, {}) == 30
    await office.setting("Livechat_waiting_queue", True)
    await office.agent()
    _, room = await waits(office)
    await office.setting("Livechat_enabled", False)
    await give_out(office.db, {})
    assert await served(office, [room]) == [None]


async def info(office: Office, visitor: Any) -> Json | None:
    config = (await office.nobody.get("livechat/config", token=visitor.token))["config"]
    found: Json | None = config.get("queueInfo")
    return found


async def test_places(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_waiting_queue", True)
    ann, ben = await office.agent(), await office.agent()
    sales = await office.department(ann, ben)
    visitors = []
    for where in (sales["_id"], None, sales["_id"], sales["_id"]):
        fields = {"department": where} if where else {}
        visitors.append((await waits(office, **fields))[0])
        clock.wait(seconds=1)
    assert [await info(office, v) for v in visitors] == [{"spot": n} for n in (1, 1, 2, 3)]
    # A chat that took 100 seconds in sales: two agents share what is ahead.
    gone = visitors[0]
    room = (await gone.room())["_id"]
    await ann.post(TAKE, inquiryId=(await one(ann, room))["_id"])
    clock.wait(seconds=100)
    await gone.close(room)
    await office.setting("Livechat_waiting_queue_message", "One moment")
    cat = {"_id": "rocket.cat", "username": "rocket.cat"}
    said = {"message": {"text": "One moment", "user": cat}}
    assert [await info(office, v) for v in visitors] == [
        None,
        {"spot": 1} | said,
        {"spot": 1, "estimatedWaitTimeSeconds": 100} | said,
        {"spot": 2, "estimatedWaitTimeSeconds": 150} | said,
    ]
    await office.patch("departments", sales["_id"], waitingQueueMessage="Sales is busy")
    told = [((await info(office, v)) or {}).get("message", {}).get("text") for v in visitors]
    assert told == [None, "One moment", "Sales is busy", "Sales is busy"]
    await work(office)
    assert [await info(office, v) for v in visitors] == [None] * 4
    waiting, _ = await waits(office)
    await office.setting("Omnichannel_calculate_dispatch_service_queue_statistics", False)
    assert await info(office, waiting) is None


def test_the_estimate() -> None:
    assert estimate(1, Pace(3, 15.0, None)) == 15
    assert estimate(7, Pace(3, 15.0, None)) == 45
    assert estimate(7, Pace(0, 10.0, None)) is None
    assert estimate(7, Pace(3, None, None)) is None


async def test_loads_and_waits(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_Routing_Method", MANUAL)
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    sales = await office.department(ann, name="Sales")
    rooms = []
    for where in (sales["_id"], sales["_id"], None, None, None):
        fields = {"department": where} if where else {}
        rooms.append((await waits(office, **fields))[1])
        clock.wait(seconds=10)
    shown = await ann.get("livechat/queue.waiting", count=1)
    assert shown == {
        "waiting": 5,
        "longestWaitSeconds": 50,
        "departments": [
            {
                "department": {"_id": sales["_id"], "name": "Sales"},
                "waiting": 2,
                "since": (await seen(office, rooms[0]))["ts"],
                "longestWaitSeconds": 50,
            }
        ],
        "count": 1,
        "offset": 0,
        "total": 2,
        "success": True,
    }
    rest = await ann.get("livechat/queue.waiting", offset=1)
    assert [(d["department"], d["waiting"]) for d in rest["departments"]] == [({}, 3)]
    for room, agent in zip(rooms, (ann, ann, ann, ben, ben), strict=True):
        await agent.post(TAKE, inquiryId=(await one(agent, room))["_id"])
    empty = await ann.get("livechat/queue.waiting")
    assert (empty["waiting"], empty["longestWaitSeconds"], empty["departments"]) == (0, 0, [])

    async def loads(**query: Any) -> list[tuple[str, Any, int]]:
        found = (await ann.get("livechat/queue", **query))["queue"]
        return [(f["user"]["username"], f["department"].get("name"), f["chats"]) for f in found]

    both = [("ann", "Sales", 2), ("ben", None, 2), ("ann", None, 1)]
    assert await loads() == both
    assert await loads(sort='{"chats":1}') == [both[2], both[0], both[1]]
    assert await loads(agentId=ben.user_id) == [both[1]]
    assert await loads(departmentId=sales["_id"]) == [both[0]]
    assert await loads(count=1, offset=1) == [both[1]]
    await ben.post("users.setStatus", status="offline")
    assert await loads() == [both[0], both[2]]
    assert await loads(includeOfflineAgents="true") == both


@pytest.mark.parametrize("method", ["Auto_Selection", MANUAL])
async def test_long_waits(office: Office, clock: Clock, method: str) -> None:
    await office.setting("Livechat_Routing_Method", method)
    await office.setting(FREE, True)
    ann = await office.agent()
    await leave(office, ann)
    _, room = await waits(office)
    key = (await one(office.admin, room))["_id"]

    async def told() -> int:
        """How often."""
        await watch(office.db)
        return (await events(office, "queue:public")).count(("waits-long", key))

    clock.wait(minutes=15)
    assert await told() == 0
    clock.wait(seconds=1)
    _, later = await waits(office)
    assert await told() == 1
    assert await told() == 1
    log = (await office.admin.get("audit.events"))["events"]
    [entry] = [each for each in log if each["t"] == "chat.waits-long"]
    assert entry["target"] == {"type": "room", "_id": room}
    page = (await office.http.get("/metrics")).text
    assert "parley_queue_longest_wait_seconds 901.0" in page
    # Waiting anew, it is told of anew.
    await ann.post("livechat/agent.status", status="available")
    await ann.post(TAKE, inquiryId=key)
    await leave(office, ann)
    await ann.post(RETURN, roomId=room)
    assert await told() == 1
    clock.wait(minutes=20)
    assert await told() == 2
    # And closed in the end, if that is wanted.
    await office.setting("Livechat_maximum_queue_wait_time", 20)
    await watch(office.db)
    assert (await seen(office, room))["open"] is True
    clock.wait(seconds=1)
    await watch(office.db)
    closed = await seen(office, room)
    assert "open" not in closed
    assert closed["closedBy"] == {"_id": "rocket.cat", "username": "rocket.cat"}
    assert (await seen(office, later)).get("open") is None
    assert await one(office.admin, room) is None
    assert await broken(office) == {}
