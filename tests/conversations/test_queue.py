"""Who waits: seen, taken by one of many, given back, given out in order, never forgotten."""

import asyncio
from typing import Any

import pytest

from parley.conversations.queue.giving_out import give_out
from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor

TAKE, RETURN = "livechat/inquiries.take", "livechat/inquiries.returnAsInquiry"
MANUAL, AUTO = "Manual_Selection", "Auto_Selection"


async def one(person: Client, room_id: str) -> Json:
    found: Json = (await person.get("livechat/inquiries.getOne", roomId=room_id))["inquiry"]
    return found


async def seen(office: Office, room_id: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    return room


async def waits(office: Office, **fields: Any) -> tuple[Visitor, str]:
    """A chat that waits."""
    visitor = await office.visitor(**fields)
    room = await visitor.room()
    assert "servedBy" not in room
    return visitor, room["_id"]


async def events(office: Office, stream: str) -> list[tuple[str, str]]:
    """(kind, `_id`) of all that were told."""
    sql = "SELECT kind, doc ->> '_id' FROM outbox WHERE stream = $1 ORDER BY number"
    return [tuple(row) for row in await office.db.read(lambda q: q.rows(sql, stream))]


async def test_taking_a_chat(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_Routing_Method", MANUAL)
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor, rid = await waits(office, name="Maria")
    await visitor.say(rid, "hello?")
    clock.wait(seconds=1)
    await visitor.say(rid, "anybody?")
    inquiry = await one(ann, rid)
    assert inquiry["status"] == "queued"
    assert (inquiry["name"], inquiry["message"]) == ("Maria", "hello?")
    assert inquiry["lastMessage"]["msg"] == "anybody?"
    assert inquiry["v"]["token"] != visitor.token
    listed = await ben.get("livechat/inquiries.queuedForUser")
    assert (listed["inquiries"], listed["total"]) == ([inquiry], 1)
    taken = clock.wait(seconds=5)
    assert await ann.post(TAKE, inquiryId=inquiry["_id"]) == {"success": True}
    room = await seen(office, rid)
    assert room["servedBy"] == {"_id": ann.user_id, "username": "ann", "ts": taken}
    assert (await one(ann, rid))["status"] == "taken"
    assert (await one(ann, rid))["takenAt"] == taken
    assert "queuedAt" not in await one(ann, rid)
    # The other is told that it is taken, and no more of it.
    assert await one(ben, rid) is None
    status, answer = await ben.refused("POST", TAKE, json={"inquiryId": inquiry["_id"]})
    assert (status, answer["error"], answer["errorType"]) == (
        400,
        "Inquiry already taken [error-inquiry-taken]",
        "error-inquiry-taken",
    )
    told = await events(office, "queue:public")
    assert told == [("inquiry", inquiry["_id"]), ("queue-position", inquiry["_id"])] * 2
    assert await broken(office) == {}


async def test_of_a_hundred_takers_one_wins(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", MANUAL)
    agents = [await office.agent() for _ in range(10)]
    _, rid = await waits(office)
    key = (await one(agents[0], rid))["_id"]
    answers = await asyncio.gather(
        *[agent.call("POST", TAKE, json={"inquiryId": key}) for agent in agents * 10]
    )
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer.json()["errorType"] for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert lost == ["error-inquiry-taken"] * 99
    room = await seen(office, rid)
    assert room["usersCount"] == 2
    assert await broken(office) == {}


async def test_who_may_take_what(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", MANUAL)
    ann, ben = await office.agent(), await office.agent()
    away = await office.agent(online=False)
    manager = await office.agent("livechat-manager")
    department = await office.department(ann, away)
    _, rid = await waits(office, department=department["_id"])
    key = (await one(ann, rid))["_id"]

    async def refused(person: Client, **body: Any) -> tuple[int, str]:
        status, answer = await person.refused("POST", TAKE, json={"inquiryId": key} | body)
        return status, answer["error"]

    assert await one(ben, rid) is None
    assert await refused(ben) == (400, "Inquiry not found [error-not-found]")
    assert await refused(ann, inquiryId="nothing") == (400, "Inquiry not found [error-not-found]")
    assert await refused(ann, userId=ben.user_id) == (403, "unauthorized")
    assert await refused(manager, userId="nobody") == (400, "The user is invalid")
    code = "error-agent-status-service-offline"
    text = "Agent status is offline or Omnichannel service is not active"
    assert await refused(away) == (400, f"{text} [{code}]")
    assert await refused(manager, userId=away.user_id) == (400, f"{text} [{code}]")
    person = await office.person()
    assert (await refused(person))[0] == 403
    options = {"clientAction": True}
    await manager.post(TAKE, inquiryId=key, userId=ann.user_id, options=options)
    assert (await seen(office, rid))["servedBy"]["_id"] == ann.user_id


async def test_the_lists(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_Routing_Method", MANUAL)
    ann, ben = await office.agent(), await office.agent()
    sales, help_ = await office.department(ann), await office.department(ben)
    rooms = []
    for department in (sales, help_, None, sales):
        where = {"department": department["_id"]} if department else {}
        rooms.append((await waits(office, **where))[1])
        clock.wait(seconds=1)
    path = "livechat/inquiries.list"
    lines = await office.admin.get(path)
    assert [line["rid"] for line in lines["inquiries"]] == rooms[::-1]
    assert lines["inquiries"][0].keys() == {"_id", "rid", "name", "ts", "status", "department"}
    assert lines["total"] == 4
    for key in ("_id", "name"):
        lines = await office.admin.get(path, department=sales[key], count=1)
        assert [line["rid"] for line in lines["inquiries"]] == [rooms[3]]
        assert (lines["count"], lines["total"]) == (1, 2)
    assert (await office.admin.get(path, department="no such"))["total"] == 4

    mine = "livechat/inquiries.queuedForUser"

    async def listed(person: Client, **query: Any) -> list[int]:
        answer = await person.get(mine, **query)
        return [rooms.index(line["rid"]) for line in answer["inquiries"]]

    assert await listed(ann) == [0, 2, 3]
    assert await listed(ann, sort='{"ts":-1}') == [3, 2, 0]
    assert await listed(ann, department=sales["_id"]) == [0, 3]
    assert await listed(ben) == [1, 2]
    _, answer = await ann.refused("GET", mine, params={"department": help_["_id"]})
    assert answer["error"] == "error-not-authorized"
    assert "errorType" not in answer
    # Another order, and places with it.
    inquiry = await one(ann, rooms[3])
    await office.patch("inquiries", inquiry["_id"], priorityWeight=1, estimatedWaitingTimeQueue=9)
    for mechanism in ("Priority", "SLAs"):
        await office.setting("Omnichannel_sorting_mechanism", mechanism)
        assert await listed(ann) == [3, 0, 2]
        assert await listed(ann, sort='{"department":1}') == [2, 3, 0]
    # An agent who was asked for has the chat alone, while they are there.
    visitor = await office.visitor()
    query = {"token": visitor.token, "agentId": ben.user_id}
    rooms.append((await office.nobody.get("livechat/room", **query))["room"]["_id"])
    assert (await listed(ann), await listed(ben)) == ([3, 0, 2], [1, 2, 4])
    await ben.post("users.setStatus", status="offline")
    await give_out(office.db, {})
    assert await listed(ann) == [3, 0, 2, 4]
    assert "defaultAgent" not in await one(ann, rooms[4])


async def test_texts_are_read_by_who_may_open_the_room(office: Office) -> None:
    """With a method that assigns by itself, agents know that somebody waits, and no more."""
    await office.setting("Livechat_waiting_queue", True)
    ann = await office.agent()
    visitor, rid = await waits(office)
    await visitor.say(rid, "a secret")
    assert (await ann.refused("GET", "rooms.info", params={"roomId": rid}))[0] == 400
    inquiry = await one(ann, rid)
    [listed] = (await ann.get("livechat/inquiries.queuedForUser"))["inquiries"]
    assert inquiry == listed
    assert inquiry["message"] == ""
    assert "lastMessage" not in inquiry
    assert (await one(office.admin, rid))["lastMessage"]["msg"] == "a secret"
    await ann.post(TAKE, inquiryId=inquiry["_id"])
    assert (await seen(office, rid))["servedBy"]["_id"] == ann.user_id


@pytest.mark.parametrize("method", [AUTO, MANUAL])
async def test_giving_back(office: Office, clock: Clock, method: str) -> None:
    """What was measured stays; who gave it back does not get it again."""
    await office.setting("Livechat_Routing_Method", method)
    ann = await office.agent(username="ann")
    sales, help_ = await office.department(ann), await office.department(ann)
    visitor = await office.visitor(department=sales["_id"])
    rid = (await visitor.room())["_id"]
    if method == MANUAL:
        await ann.post(TAKE, inquiryId=(await one(ann, rid))["_id"])
    asked = clock.wait(seconds=10)
    await visitor.say(rid, "hi")
    answered = clock.wait(seconds=2)
    await ann.post("chat.sendMessage", message={"rid": rid, "msg": "well"})
    clock.wait(seconds=3)
    await visitor.say(rid, "and?")
    before = await seen(office, rid)
    back = clock.wait(seconds=4)
    assert await ann.post(RETURN, roomId=rid, departmentId=None) == {
        "result": True,
        "success": True,
    }
    room = await seen(office, rid)
    kept = ("metrics", "v", "waitingResponse", "departmentId", "ts")
    assert {key: room[key] for key in kept} == {key: before[key] for key in kept}
    assert room["metrics"]["servedBy"] == {"lr": answered}
    assert room["metrics"]["response"]["ft"] == 2
    assert "servedBy" not in room
    assert (room["queuedAt"], room["usersCount"]) == (back, 1)
    assert room["msgs"] == before["msgs"] + 3
    inquiry = await one(office.admin, rid)
    assert (inquiry["status"], inquiry["queuedAt"]) == ("queued", back)
    assert "takenAt" not in inquiry
    history = await office.admin.get(f"livechat/transfer.history/{rid}")
    assert history["history"] == [
        {
            "transferredBy": {
                "_id": ann.user_id,
                "username": "ann",
                "name": "Ann",
                "userType": "agent",
            },
            "ts": back,
            "scope": "queue",
            "comment": "",
            "previousDepartment": sales["_id"],
        }
    ]
    # Nobody serves it now.
    admin = office.admin
    assert (await admin.post(RETURN, roomId=rid))["result"] is False
    clock.wait(seconds=30)
    await give_out(office.db, {})
    assert "servedBy" not in await seen(office, rid)
    ben = await office.agent(username="ben")
    await ann.post(TAKE, inquiryId=inquiry["_id"])
    taken = (await seen(office, rid))["servedBy"]["ts"]
    replied = clock.wait(seconds=1)
    await ann.post("chat.sendMessage", message={"rid": rid, "msg": "yes"})
    metrics = (await seen(office, rid))["metrics"]
    # A later turn: measured from when the visitor asked, whoever answers, in the queue or not.
    assert metrics["response"] == {"total": 2, "tt": 37, "avg": 18.5, "ft": 2, "fd": answered}
    assert metrics["reaction"] == {"tt": 47, "ft": 12, "fd": answered}
    assert metrics["servedBy"] == {"lr": replied}
    assert metrics["v"]["lq"] != asked
    # Into another department's queue; by who may transfer, or serves it.
    _, answer = await ben.refused("POST", RETURN, json={"roomId": rid})
    assert answer["error"] == "error-room-not-found"
    wrong = {"roomId": rid, "departmentId": "none"}
    assert (await ann.refused("POST", RETURN, json=wrong))[1] == {
        "success": False,
        "error": "error-invalid-department",
    }
    assert (await admin.post(RETURN, roomId=rid, departmentId=help_["_id"]))["result"] is True
    inquiry = await one(admin, rid)
    assert (inquiry["department"], inquiry["status"]) == (help_["_id"], "queued")
    assert (await seen(office, rid))["departmentId"] == help_["_id"]
    last = (await admin.get(f"livechat/transfer.history/{rid}"))["history"][-1]
    assert last["nextDepartment"] == {"_id": help_["_id"], "name": help_["name"]}
    assert last["previousDepartment"] == sales["_id"]
    assert last["transferredBy"]["userType"] == "user"
    closed = clock.wait(seconds=5)
    await admin.post("livechat/room.closeByUser", rid=rid, comment="late")
    metrics = (await seen(office, rid))["metrics"]
    assert "serviceTimeDuration" not in metrics
    assert taken < closed
    _, answer = await admin.refused("POST", RETURN, json={"roomId": rid})
    assert answer == {"success": False, "error": "room-closed"}
    assert await broken(office) == {}
