"""SLA policies: kept, put on chats that wait; a change is followed, a breach is told once."""

from typing import Any

import pytest

from parley.conversations.queue.long_waits import watch
from parley.conversations.sla.of_room import renew
from parley.jobs import Worker
from parley.testmode import KNOWN_ADMIN
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.conversations.test_priorities import history, waiting
from tests.conversations.test_queue import events, one, seen, waits
from tests.office import Json, Office

PATH, SET = "livechat/sla", "livechat/inquiry.setSLA"


async def policy(office: Office, name: str, minutes: int) -> str:
    made = await office.admin.post(PATH, name=name, description="d", dueTimeInMinutes=minutes)
    return str(made["sla"]["_id"])


async def put(office: Office, path: str, **body: Any) -> Json:
    answer: Json = (await office.admin.call("PUT", path, json=body)).json()
    return answer


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


async def test_keeping_policies(office: Office) -> None:
    key = await policy(office, "Gold", 5)
    other = await policy(office, "Silver", 30)
    agent = await office.agent()
    found = await agent.get(PATH)
    assert [(each["name"], each["dueTimeInMinutes"]) for each in found["sla"]] == [
        ("Gold", 5),
        ("Silver", 30),
    ]
    assert (await agent.get(PATH, text="SIL", sort='{"dueTimeInMinutes":-1}'))["total"] == 1
    assert (await agent.get(f"{PATH}/{key}"))["description"] == "d"
    body = {"name": "Bronze", "dueTimeInMinutes": 60}
    for clash in ({"name": "gOLD"}, {"dueTimeInMinutes": 30}):
        status, answer = await office.admin.refused("POST", PATH, json=body | clash)
        assert (status, answer["error"]) == (400, "error-duplicated-sla")
    for wrong, error in (
        ({"name": "a"}, "must have required property 'dueTimeInMinutes' [invalid-params]"),
        ({"dueTimeInMinutes": 1}, "must have required property 'name' [invalid-params]"),
        ({"name": "a", "dueTimeInMinutes": 0}, "must be >= 1 [invalid-params]"),
        ({"name": "a", "dueTimeInMinutes": 525_601}, "must be <= 525600 [invalid-params]"),
        ({"name": " ", "dueTimeInMinutes": 9}, "error-invalid-name"),
    ):
        assert (await office.admin.refused("POST", PATH, json=wrong))[1]["error"] == error
    changed = await put(office, f"{PATH}/{key}", name="GOLD", dueTimeInMinutes=6)
    assert (changed["sla"]["name"], changed["sla"]["dueTimeInMinutes"]) == ("GOLD", 6)
    clash = await put(office, f"{PATH}/{key}", name="GOLD", dueTimeInMinutes=30)
    assert clash["error"] == "error-duplicated-sla"
    await office.admin.delete(f"{PATH}/{other}")
    for method in ("GET", "PUT", "DELETE"):
        more: Json = {"json": body} if method == "PUT" else {}
        status, answer = await office.admin.refused(method, f"{PATH}/{other}", **more)
        assert (status, answer["error"]) == (404, "SLA not found")
    assert (await agent.refused("POST", PATH, json=body))[0] == 403


async def test_who_may_wait_least_comes_first(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.setting("Omnichannel_sorting_mechanism", "SLAs")
    agent = await office.agent(username="ann")
    gold, silver = await policy(office, "Gold", 5), await policy(office, "Silver", 30)
    first, second, third = [(await waits(office))[1] for _ in range(3)]
    assert (await one(agent, third))["estimatedWaitingTimeQueue"] == 9999999
    key = (await one(agent, third))["_id"]
    before = await events(office, "queue:public")
    for room, sla in ((second, silver), (third, "gold")):  # by id, or by name
        assert (await agent.call("PUT", SET, json={"roomId": room, "sla": sla})).json() == {
            "success": True
        }
    told = (await events(office, "queue:public"))[len(before) :]
    assert told[2:] == [("inquiry", key), ("queue-position", key)]
    assert await waiting(office) == [third, second, first]
    for doc in (await one(agent, third), await seen(office, third)):
        assert (doc["slaId"], doc["estimatedWaitingTimeQueue"]) == (gold, 5)
    [said] = await history(office, third, "omnichannel_sla_change_history")
    by = {"_id": agent.user_id, "username": "ann"}
    assert said["slaData"] == {"definedBy": by, "sla": {"name": "Gold"}}
    for body, error in (
        ({"sla": gold}, "The 'roomId' param is required"),
        ({"roomId": third}, "The 'sla' param is required"),
        ({"roomId": "none", "sla": gold}, "error-invalid-inquiry"),
        ({"roomId": third, "sla": "none"}, "error-invalid-sla"),
    ):
        assert (await agent.refused("PUT", SET, json=body))[1]["error"] == error
    await agent.post("livechat/inquiries.take", inquiryId=key)
    late = {"roomId": third, "sla": silver}
    assert (await agent.refused("PUT", SET, json=late))[1]["error"] == "error-invalid-inquiry"
    visitor = (await seen(office, third))["v"]["_id"]
    for sla, weight in ((silver, 30), ("", 9999999)):
        data = {"_id": third, "slaId": sla}
        await agent.post("livechat/room.saveInfo", guestData={"_id": visitor}, roomData=data)
        assert (await seen(office, third))["estimatedWaitingTimeQueue"] == weight
    assert await broken(office) == {}


async def test_chats_follow_their_policy(office: Office) -> None:
    """Those that wait and those that are served; what is closed stays as it was."""
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    agent, gold = await office.agent(), await policy(office, "Gold", 5)
    rooms = [(await waits(office))[1] for _ in range(4)]
    for room in rooms:
        await put(office, SET, roomId=room, sla=gold)
    await agent.post("livechat/inquiries.take", inquiryId=(await one(agent, rooms[1]))["_id"])
    close = {"comment": "bye", "rid": rooms[2]}
    await office.admin.post("livechat/room.closeByUser", **close)

    async def minutes() -> list[int]:
        return [(await seen(office, room))["estimatedWaitingTimeQueue"] for room in rooms]

    before = office.db.statements
    await put(office, f"{PATH}/{gold}", name="Gold", dueTimeInMinutes=7)
    assert office.db.statements - before < 15  # however many chats there are
    await work(office)
    assert await minutes() == [7, 7, 5, 7]
    assert (await one(agent, rooms[0]))["estimatedWaitingTimeQueue"] == 7
    assert (await events(office, f"room:{rooms[0]}"))[-1] == ("room", rooms[0])
    await put(office, f"{PATH}/{gold}", name="Golden", dueTimeInMinutes=7)
    await office.admin.delete(f"{PATH}/{gold}")
    await work(office)
    assert await minutes() == [9999999, 9999999, 5, 9999999]
    inquiry = await one(agent, rooms[0])
    assert ("slaId" in inquiry, inquiry["estimatedWaitingTimeQueue"]) == (False, 9999999)
    last = (await history(office, rooms[0], "omnichannel_sla_change_history"))[-1]
    assert last["slaData"] == {"definedBy": {"_id": office.admin.user_id, "username": KNOWN_ADMIN}}
    assert await broken(office) == {}


async def test_a_breach_is_told_once_for_each_wait(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.setting("Livechat_long_wait_minutes", -1)
    agent, gold = await office.agent(), await policy(office, "Gold", 5)
    _, room = await waits(office)
    await waits(office)  # under no policy: it may wait for ever
    key = (await one(agent, room))["_id"]
    await put(office, SET, roomId=room, sla=gold)

    async def told() -> int:
        await watch(office.db)
        return (await events(office, "queue:public")).count(("sla-breached", key))

    clock.wait(minutes=4, seconds=59)
    assert await told() == 0
    due = clock.wait(seconds=1)
    assert [await told(), await told()] == [1, 1]
    log = (await office.admin.get("audit.events"))["events"]
    [entry] = [each for each in log if each["t"] == "chat.sla-breached"]
    assert (entry["target"]["_id"], entry["data"]["due"]) == (room, due)
    await put(office, f"{PATH}/{gold}", name="Gold", dueTimeInMinutes=9)
    await work(office)
    clock.wait(minutes=10)
    assert await told() == 1  # of this wait it is known
    await agent.post("livechat/inquiries.take", inquiryId=key)
    clock.wait(minutes=60)
    assert await told() == 1  # it does not wait
    await agent.post("livechat/inquiries.returnAsInquiry", roomId=room)
    clock.wait(minutes=8)
    assert await told() == 1
    clock.wait(minutes=1)
    assert await told() == 2


@pytest.mark.parametrize("then", ["changed", "deleted"])
async def test_a_mailed_chat_reopens_under_what_its_policy_is_now(
    office: Office, then: str
) -> None:
    gold = await policy(office, "Gold", 5)
    if then == "changed":
        await put(office, f"{PATH}/{gold}", name="Gold", dueTimeInMinutes=8)
    else:
        await office.admin.delete(f"{PATH}/{gold}")
    room: Json = {"slaId": gold, "estimatedWaitingTimeQueue": 5}
    await office.db.act(renew, room)
    expected = {"changed": {"estimatedWaitingTimeQueue": 8, "slaId": gold}}
    assert room == expected.get(then, {"estimatedWaitingTimeQueue": 9999999})
