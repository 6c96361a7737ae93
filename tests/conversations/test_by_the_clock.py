"""Chats that somebody has left: the visitor, the agent, or an agent who never came."""

import asyncio
from typing import Any

from parley.work import JOBS
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor


async def chat(office: Office, **fields: Any) -> tuple[Visitor, str]:
    visitor = await office.visitor(**fields)
    return visitor, (await visitor.room())["_id"]


async def answer(agent: Client, room: str) -> None:
    await agent.post("chat.sendMessage", message={"rid": room, "msg": "How can I help?"})


async def shown(office: Office, room: str) -> Json:
    found: Json = (await office.admin.get("rooms.info", roomId=room))["room"]
    return found


async def system(office: Office, visitor: Visitor, room: str, kind: str) -> list[Json]:
    path = f"livechat/messages.history/{room}"
    answer = await office.nobody.get(path, token=visitor.token, limit=100)
    return [message for message in answer["messages"] if message.get("t") == kind]


async def closed(office: Office, *rooms: str) -> list[bool]:
    return ["closedAt" in await shown(office, room) for room in rooms]


async def test_abandoned_chats_are_closed(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    slow = await office.department(ann, visitorInactivityTimeoutInSeconds=7200)
    quick = await office.department(
        ann, visitorInactivityTimeoutInSeconds=60, abandonedRoomsCloseCustomMessage="Gone?"
    )
    chats = [await chat(office, department=each["_id"]) for each in (slow, quick)]
    chats += [await chat(office) for _ in range(3)]
    rooms = [room for _, room in chats]
    for visitor, room in chats:
        await visitor.say(room, "hello")
    clock.wait(seconds=1)
    for room in rooms[:4]:
        await answer(ann, room)  # the last is still to be answered
    clock.wait(minutes=59)
    await answer(ann, rooms[2])
    await chats[3][0].say(rooms[3], "wait")
    clock.wait(minutes=1)
    await JOBS["abandoned"](office.db, {})
    assert await closed(office, *rooms) == [False] * 5  # nothing was asked for
    await office.setting("Livechat_abandoned_rooms_action", "close")
    await JOBS["abandoned"](office.db, {})
    assert await closed(office, *rooms) == [False, True, False, False, False]
    clock.wait(minutes=59)
    await asyncio.gather(*(JOBS["abandoned"](office.db, {}) for _ in range(3)))
    assert await closed(office, *rooms) == [False, True, True, False, False]
    clock.wait(minutes=1)
    await JOBS["abandoned"](office.db, {})
    assert await closed(office, *rooms) == [True, True, True, False, False]
    comments = [
        [message["msg"] for message in await system(office, *each, "livechat-close")]
        for each in chats[:3]
    ]
    usual = "Closed because the visitor did not answer"
    assert comments == [[usual], ["Gone?"], [usual]]
    end = await shown(office, rooms[1])
    assert (end["closer"], end["closedBy"]["username"]) == ("user", "ann")
    assert end["metrics"]["visitorInactivity"] == 3600


async def test_inactivity_counts_open_hours(office: Office, clock: Clock) -> None:
    ann = await office.agent()
    visitor, room = await chat(office)
    await visitor.say(room, "hello")
    clock.wait(seconds=1)
    await answer(ann, room)
    hour = (await office.admin.get("livechat/business-hour"))["businessHour"]
    work = [
        {"day": day["day"], "start": "08:00", "finish": "18:00", "open": True}
        for day in hour["workHours"]
    ]
    body = {key: hour[key] for key in ("_id", "name", "active", "type")} | {
        "timezoneName": "Asia/Kathmandu",
        "daysOpen": [],
        "departmentsToApplyBusinessHour": "",
        "workHours": work,
    }
    await office.admin.post("livechat/business-hours.save", **body)
    await office.setting("Livechat_enable_business_hours", True)
    clock.wait(days=3)
    await ann.post("livechat/room.closeByUser", rid=room, comment="bye")
    assert (await shown(office, room))["metrics"]["visitorInactivity"] == 3 * 10 * 3600


async def test_an_unanswered_chat_goes_to_another_agent_once(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    chats = [await chat(office) for _ in range(3)]
    first, second, third = (room for _, room in chats)
    await chats[0][0].say(first, "hello")
    await answer(ann, second)
    await office.setting("Livechat_auto_transfer_chat_timeout", 60)
    clock.wait(seconds=59)
    await JOBS["unanswered"](office.db, {})
    clock.wait(seconds=1)
    await JOBS["unanswered"](office.db, {})  # nobody else is there
    assert "autoTransferredAt" not in await shown(office, first)
    ben = await office.agent(username="ben")
    await asyncio.gather(*(JOBS["unanswered"](office.db, {}) for _ in range(3)))
    served = [(await shown(office, room))["servedBy"]["username"] for _, room in chats]
    assert served == ["ben", "ann", "ben"]
    clock.wait(minutes=10)
    await ben.post("users.setStatus", status="away")
    await JOBS["unanswered"](office.db, {})
    assert (await shown(office, first))["servedBy"]["username"] == "ben"
    for each, amount in ((chats[0], 1), (chats[1], 0), (chats[2], 1)):
        assert len(await system(office, *each, "livechat_transfer_history")) == amount
    (told,) = await system(office, *chats[0], "livechat_transfer_history")
    assert told["transferData"]["transferredBy"]["username"] == "ann"
    assert told["transferData"]["transferredTo"]["username"] == "ben"
    sql = "SELECT user_id FROM subscriptions WHERE room_id = $1"
    left = await office.db.read(lambda q: q.rows(sql, third))
    assert [row[0] for row in left] == [ben.user_id]


async def test_chats_of_an_agent_who_went_offline_are_closed(office: Office, clock: Clock) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    chats = [await chat(office) for _ in range(4)]
    mine = [
        room for _, room in chats if (await shown(office, room))["servedBy"]["username"] == "ann"
    ]
    assert len(mine) == 2
    await office.setting("Livechat_agent_leave_action", "close")
    await office.setting("Livechat_agent_leave_comment", "Ann has left")
    await ann.post("users.setStatus", status="offline")
    clock.wait(seconds=30)
    await ann.post("users.setStatus", status="busy")  # back in time
    clock.wait(seconds=60)
    await JOBS["left"](office.db, {})
    # Not available is not gone.
    await ann.post("livechat/agent.status", status="not-available")
    clock.wait(seconds=60)
    await JOBS["left"](office.db, {})
    assert await closed(office, *mine) == [False, False]
    await ann.post("logout")
    clock.wait(seconds=59)
    await JOBS["left"](office.db, {})
    assert await closed(office, *mine) == [False, False]
    clock.wait(seconds=1)
    for _ in range(2):
        await JOBS["left"](office.db, {})
    assert [room for _, room in chats if (await closed(office, room))[0]] == mine
    visitor = next(visitor for visitor, room in chats if room == mine[0])
    (end,) = await system(office, visitor, mine[0], "livechat-close")
    assert (end["msg"], end["u"]["username"]) == ("Ann has left", "ann")
    assert (await ben.get("me"))["statusLivechat"] == "available"


async def test_chats_of_an_agent_who_went_offline_are_forwarded(
    office: Office, clock: Clock
) -> None:
    ann = await office.agent(username="ann")
    both, alone = await office.department(ann), await office.department(ann)
    visitors = [await office.visitor(department=each["_id"]) for each in (both, alone)]
    nowhere = await office.visitor()
    rooms = [(await each.room())["_id"] for each in (*visitors, nowhere)]
    ben = await office.agent(username="ben")
    await office.setting("Livechat_agent_leave_action", "forward")
    seat = {"agentId": ben.user_id, "username": "ben"}
    await office.admin.post(f"livechat/department/{both['_id']}/agents", upsert=[seat], remove=[])
    await ann.post("users.setStatus", status="offline")
    clock.wait(seconds=60)
    await asyncio.gather(*(JOBS["left"](office.db, {}) for _ in range(2)))
    first, second, third = [await shown(office, room) for room in rooms]
    assert first["servedBy"]["username"] == "ben"
    assert "servedBy" not in second and second["departmentId"] == alone["_id"]
    inquiries = await office.db.read(
        lambda q: q.rows("SELECT room_id FROM inquiries WHERE status = 'queued'")
    )
    assert [row[0] for row in inquiries] == [rooms[1]]
    assert third["servedBy"]["username"] == "ann"  # no department to go to
    told = await system(office, visitors[0], rooms[0], "livechat_transfer_history")
    assert len(told) == 1
