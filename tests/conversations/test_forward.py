"""Handing a conversation on: what moves, what is told, what is refused, what is measured."""

import asyncio
from typing import Any

import pytest

from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor

FORWARD, TRANSFER = "livechat/room.forward", "livechat/visitor/department.transfer"


async def chat(office: Office, agent: Client, **fields: Any) -> tuple[Visitor, str]:
    """A visitor in a room that this agent serves."""
    visitor = await office.visitor(**fields)
    query = {"token": visitor.token, "agentId": agent.user_id}
    return visitor, (await office.nobody.get("livechat/room", **query))["room"]["_id"]


async def seen(office: Office, room_id: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    return room


async def told(office: Office, visitor: Visitor, room_id: str, number: int) -> list[Json]:
    """The newest messages, oldest first."""
    path = f"livechat/messages.history/{room_id}"
    answer = await office.nobody.get(path, token=visitor.token, limit=number)
    return list(reversed(answer["messages"]))


async def part(office: Office, room_id: str) -> dict[str, Json]:
    """Who takes part: {username: department}."""
    sql = "SELECT doc -> 'u' ->> 'username', doc ->> 'department' FROM subscriptions"
    rows = await office.db.read(lambda q: q.rows(f"{sql} WHERE room_id = $1", room_id))
    return {row[0]: row[1] for row in rows}


async def inquiry(office: Office, room_id: str) -> Json:
    keys = ["status", "department", "queuedAt", "takenAt"]
    picked = ", ".join(f"doc ->> '{key}'" for key in keys)
    sql = f"SELECT {picked}, doc -> 'defaultAgent' ->> 'agentId' FROM inquiries WHERE room_id = $1"
    [row] = await office.db.read(lambda q: q.rows(sql, room_id))
    named = zip([*keys, "defaultAgent"], row, strict=True)
    return {key: value for key, value in named if value is not None}


async def test_to_another_agent(office: Office, clock: Clock) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor, rid = await chat(office, ann)
    await office.admin.get("livechat/room.join", roomId=rid)
    before = await seen(office, rid)
    at = clock.wait(seconds=1)
    body = {"roomId": rid, "userId": ben.user_id, "comment": "yours"}
    assert await office.admin.post(FORWARD, **body) == {"success": True}
    room = await seen(office, rid)
    assert room["servedBy"] == {"_id": ben.user_id, "username": "ben", "ts": at}
    assert room["usersCount"] == before["usersCount"] == 3
    assert room["msgs"] == before["msgs"] + 5
    assert (await part(office, rid)).keys() == {"ben", "rocketchat.internal.admin.test"}
    connected, joined, handed, left = await told(office, visitor, rid, 4)
    assert [(m["t"], m["msg"], m["u"]["username"]) for m in (connected, joined, left)] == [
        ("command", "connected", "ben"),
        ("uj", "", "ben"),
        ("ul", "ann", "ann"),
    ]
    me = await office.admin.get("me")
    admin = {"_id": me["_id"], "username": me["username"], "name": me["name"]}
    assert handed["t"] == "livechat_transfer_history"
    assert handed["u"] == admin
    assert handed["transferData"] == {
        "transferredBy": admin | {"userType": "user"},
        "ts": at,
        "scope": "agent",
        "comment": "yours",
        "transferredTo": {"_id": ben.user_id, "username": "ben", "name": "Ben"},
    }
    assert room["lastMessage"]["_id"] == handed["_id"]
    assert "token" not in handed
    history = await office.admin.get(f"livechat/transfer.history/{rid}")
    assert history["history"] == [handed["transferData"]]
    # The former agent is out: the room is no longer theirs to see.
    assert (await ann.refused("GET", "rooms.info", params={"roomId": rid}))[0] == 400
    await ben.post("chat.sendMessage", message={"rid": rid, "msg": "mine now"})
    assert await broken(office) == {}


async def test_to_a_department_where_somebody_is(office: Office) -> None:
    ann, ben, eve = [await office.agent(username=name) for name in ("ann", "ben", "eve")]
    old, new = await office.department(ann), await office.department(ann, ben)
    _, rid = await chat(office, ann, department=old["_id"])
    await office.admin.get("livechat/room.join", roomId=rid)
    await office.grant("transfer-livechat-guest", "livechat-agent", "admin")
    # Of two whose turn it could be, it is not who has the chat already.
    await ann.post(FORWARD, roomId=rid, departmentId=new["_id"])
    room = await seen(office, rid)
    assert (room["departmentId"], room["servedBy"]["username"]) == (new["_id"], "ben")
    assert await part(office, rid) == dict.fromkeys(
        ("ben", "rocketchat.internal.admin.test"), new["_id"]
    )
    assert (await inquiry(office, rid)).keys() == {"status", "department", "takenAt"}
    assert (await inquiry(office, rid))["department"] == new["_id"]
    [data] = (await office.admin.get(f"livechat/transfer.history/{rid}"))["history"]
    assert data["transferredBy"]["userType"] == "agent"
    assert (data["scope"], data["previousDepartment"]) == ("department", old["_id"])
    assert data["nextDepartment"] == {"_id": new["_id"], "name": new["name"]}
    # With an agent named, it is theirs.
    named = await office.department(ann, eve)
    body = {"roomId": rid, "departmentId": named["_id"], "userId": eve.user_id}
    await office.admin.post(FORWARD, **body)
    assert (await seen(office, rid))["servedBy"]["username"] == "eve"
    assert await broken(office) == {}
    history = await office.admin.get(f"livechat/transfer.history/{rid}", sort='{"ts":-1}', count=1)
    assert (history["total"], history["history"][0]["transferredTo"]["username"]) == (2, "eve")


@pytest.mark.parametrize("offline", [False, True])
async def test_to_a_department_that_lets_it_wait(
    office: Office, clock: Clock, offline: bool
) -> None:
    """By manual routing, or where nobody is and the department takes chats all the same."""
    ann = await office.agent(username="ann")
    ben = await office.agent(username="ben", online=not offline)
    new = await office.department(ben, allowReceiveForwardOffline=offline)
    visitor, rid = await chat(office, ann)
    if not offline:
        await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await visitor.say(rid, "hi")
    before = await seen(office, rid)
    at = clock.wait(seconds=1)
    wish = {} if offline else {"userId": ben.user_id}
    await office.admin.post(FORWARD, roomId=rid, departmentId=new["_id"], **wish)
    room = await seen(office, rid)
    moved = {"queuedAt": at, "departmentId": new["_id"], "departmentAncestors": []}
    changed = {"lm": at, "lastMessage": room["lastMessage"], "_updatedAt": at}
    expected = before | moved | changed | {"usersCount": 1, "msgs": before["msgs"] + 3}
    expected["speaker"] = {"kind": "queue", "number": 2, "since": at}
    del expected["servedBy"]
    assert room == expected
    assert room["lastMessage"]["t"] == "livechat_transfer_history"
    waits = {"status": "queued", "department": new["_id"], "queuedAt": at}
    asked = {} if offline else {"defaultAgent": ben.user_id}
    assert await inquiry(office, rid) == waits | asked
    assert await part(office, rid) == {}
    assert (await told(office, visitor, rid, 1))[0]["t"] == "ul"
    assert await broken(office) == {}


async def test_a_fallback_takes_what_a_department_cannot(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    last = await office.department(ben)
    middle = await office.department(ann, fallbackForwardDepartment=last["_id"])
    first = await office.department(fallbackForwardDepartment=middle["_id"])
    visitor, rid = await chat(office, ann)
    await office.admin.post(FORWARD, roomId=rid, departmentId=first["_id"])
    room = await seen(office, rid)
    assert (room["departmentId"], room["servedBy"]["username"]) == (last["_id"], "ben")
    fallback, *_, handed, _ = await told(office, visitor, rid, 5)
    assert (fallback["t"], handed["t"]) == (
        "livechat_transfer_history_fallback",
        "livechat_transfer_history",
    )
    assert fallback["prevDepartment"] == first["name"]
    for message in (fallback, handed):
        assert message["transferData"]["nextDepartment"]["_id"] == last["_id"]
    assert await broken(office) == {}


async def test_a_chain_of_fallbacks_has_an_end(office: Office) -> None:
    """As long as the setting says; a circle is gone round once, a disabled department passed by."""
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    last = await office.department(ben)
    shut = await office.department(ben, enabled=False, fallbackForwardDepartment=last["_id"])
    first = await office.department(fallbackForwardDepartment=shut["_id"])
    circle = await office.department(fallbackForwardDepartment=first["_id"])
    fields = {k: circle[k] for k in ("name", "email", "enabled")}
    fields |= {"showOnRegistration": False, "showOnOfflineForm": False}
    back = await office.department(fallbackForwardDepartment=circle["_id"])
    sent = {"department": fields | {"fallbackForwardDepartment": back["_id"]}}
    path = f"livechat/department/{circle['_id']}"
    assert (await office.admin.call("PUT", path, json=sent)).status_code == 200
    _, rid = await chat(office, ann)
    nobody = "error-no-agents-available-for-service-on-department"
    for depth, department in ((10, circle), (10, back), (1, first), (0, first)):
        await office.setting("Omnichannel_max_fallback_forward_depth", depth)
        body = {"roomId": rid, "departmentId": department["_id"]}
        answer = await office.admin.refused("POST", FORWARD, json=body)
        assert answer == (400, {"success": False, "error": nobody})
    await office.setting("Omnichannel_max_fallback_forward_depth", 2)
    await office.admin.post(FORWARD, roomId=rid, departmentId=first["_id"])
    assert (await seen(office, rid))["departmentId"] == last["_id"]


async def test_what_a_forward_is_refused_for(office: Office) -> None:
    ann, off = await office.agent(username="ann"), await office.agent(online=False)
    person = await office.person()
    old = await office.department(ann, departmentsAllowedToForward=["nowhere"])
    new = await office.department(off)
    shut, mine = await office.department(off, enabled=False), await office.department(ann)
    _, rid = await chat(office, ann)
    _, kept = await chat(office, ann, department=old["_id"])
    gone, closed = await chat(office, ann)
    await gone.close(closed)
    before = await seen(office, rid)
    bound = (await office.visitor(department=old["_id"])), old
    there = (await bound[0].room())["_id"]
    cases: list[tuple[Json, str]] = [
        ({"roomId": "?"}, "error-invalid-room"),
        ({"roomId": closed, "userId": "?"}, "This_conversation_is_already_closed"),
        ({"roomId": rid}, "error-forwarding-chat"),
        ({"roomId": rid, "userId": "?"}, "error-user-is-offline"),
        ({"roomId": rid, "userId": person.user_id}, "error-user-is-offline"),
        ({"roomId": rid, "userId": off.user_id}, "error-user-is-offline"),
        ({"roomId": rid, "userId": ann.user_id}, "error-selected-agent-room-agent-are-same"),
        ({"roomId": rid, "departmentId": "?"}, "error-invalid-department"),
        ({"roomId": rid, "departmentId": shut["_id"]}, "error-invalid-department"),
        ({"roomId": there, "departmentId": old["_id"]}, "error-forwarding-chat-same-department"),
        (
            {"roomId": there, "departmentId": new["_id"]},
            "error-forwarding-department-target-not-allowed",
        ),
        (
            {"roomId": rid, "departmentId": new["_id"]},
            "error-no-agents-available-for-service-on-department",
        ),
        # Whoever serves it is the only one there.
        (
            {"roomId": rid, "departmentId": mine["_id"]},
            "error-no-agents-available-for-service-on-department",
        ),
        (
            {"roomId": rid, "departmentId": new["_id"], "userId": off.user_id},
            "error-user-is-offline",
        ),
        (
            {"roomId": rid, "departmentId": new["_id"], "userId": ann.user_id},
            "error-user-not-belong-to-department",
        ),
    ]
    for body, error in cases:
        answer = await office.admin.refused("POST", FORWARD, json=body)
        assert answer == (400, {"success": False, "error": error}), body
    await office.patch("rooms", kept, onHold=True)
    body = {"roomId": kept, "userId": "?"}
    assert (await office.admin.refused("POST", FORWARD, json=body))[1]["error"] == (
        "error-room-onHold"
    )
    assert (await ann.refused("POST", FORWARD, json={"roomId": rid}))[0] == 403
    # Both permissions, and still not a room that one may see.
    await office.grant("transfer-livechat-guest", "livechat-agent", "admin")
    body = {"roomId": rid, "userId": ann.user_id}
    assert (await off.refused("POST", FORWARD, json=body))[1]["error"] == "error-not-allowed"
    assert await seen(office, rid) == before
    assert await part(office, rid) == {"ann": None}


async def test_a_visitor_chooses_another_department(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    sales, support = await office.department(ann), await office.department(ben)
    visitor, rid = await chat(office, ann, name="Maria")
    stranger = await office.visitor()
    body = {"token": visitor.token, "rid": rid, "department": support["_id"]}
    for change, error in (
        ({"token": "?"}, "invalid-token"),
        ({"rid": "?"}, "error-invalid-room"),
        ({"token": stranger.token}, "error-invalid-room"),
        ({"department": "?"}, "error-invalid-department"),
    ):
        answer = await office.nobody.refused("POST", TRANSFER, json=body | change)
        assert answer == (400, {"success": False, "error": error})
    _, missing = await office.nobody.refused("POST", TRANSFER, json={"token": "x"})
    assert missing["error"] == "must have required property 'rid'"
    assert await office.nobody.post(TRANSFER, **body) == {"success": True}
    *_, handed, _ = await told(office, visitor, rid, 4)
    assert handed["token"] == visitor.token
    by = handed["transferData"]["transferredBy"]
    assert by == {"_id": visitor.id, "username": visitor.doc["username"], "name": "Maria"} | {
        "userType": "visitor"
    }
    room = await seen(office, rid)
    assert room["servedBy"]["username"] == "ben"
    assert room["lastMessage"]["token"] == room["v"]["token"] != visitor.token
    # The name of older servers answers with the room, in the visitor's eyes.
    body["department"] = sales["_id"]
    room = (await office.nobody.post("livechat/room.transfer", **body))["room"]
    assert (room["departmentId"], room["servedBy"]["username"]) == (sales["_id"], "ann")
    assert room["v"]["token"] == visitor.token
    await visitor.close(rid)
    answer = await office.nobody.refused("POST", TRANSFER, json=body)
    assert answer[1]["error"] == "This_conversation_is_already_closed"


async def test_forwards_and_closes_at_once_leave_one_truth(office: Office) -> None:
    agents = [await office.agent() for _ in range(4)]
    departments = [await office.department(*agents) for _ in range(2)]
    visitor, rid = await chat(office, agents[0])
    calls = []
    for n in range(24):
        target = {"userId": agents[n % 4].user_id} if n % 2 else {}
        target = target or {"departmentId": departments[n % 4 // 2]["_id"]}
        calls.append(office.admin.call("POST", FORWARD, json={"roomId": rid, **target}))
    calls.append(office.admin.call("GET", "livechat/room.join", params={"roomId": rid}))
    await asyncio.gather(*calls, visitor.say(rid, "hello?"))
    room = await seen(office, rid)
    assert room["open"]
    assert room["usersCount"] == 1 + len(await part(office, rid))
    assert await broken(office) == {}
    await visitor.close(rid)
    assert await broken(office) == {}


async def test_what_a_forwarded_conversation_measures(office: Office, clock: Clock) -> None:
    """By hand. Ann is asked at 10 and answers at 14; Ben gets the chat at 20, is asked at 25,
    answers at 32; the chat is closed at 40.
    """
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor, rid = await chat(office, ann)
    clock.wait(seconds=10)
    await visitor.say(rid, "hi")
    first = clock.wait(seconds=4)
    await ann.post("chat.sendMessage", message={"rid": rid, "msg": "hello"})
    clock.wait(seconds=6)
    await office.admin.post(FORWARD, roomId=rid, userId=ben.user_id)
    asked = clock.wait(seconds=5)
    await visitor.say(rid, "and you are?")
    second = clock.wait(seconds=7)
    await ben.post("chat.sendMessage", message={"rid": rid, "msg": "Ben"})
    room = await seen(office, rid)
    assert room["responseBy"]["username"] == "ben"
    assert room["metrics"] == {
        "v": {"lq": asked},
        "response": {"total": 2, "tt": 11, "avg": 5.5, "fd": first, "ft": 4},
        "reaction": {"tt": 21, "fd": first, "ft": 14},
        "servedBy": {"lr": second},
    }
    clock.wait(seconds=8)
    await ben.post("livechat/room.closeByUser", rid=rid, comment="done")
    metrics = (await seen(office, rid))["metrics"]
    # The service time is that of who served last.
    assert (metrics["chatDuration"], metrics["serviceTimeDuration"]) == (40, 20)


async def test_what_is_measured_where_nobody_answered_before_the_forward(
    office: Office, clock: Clock
) -> None:
    """By hand: asked at 10, handed on at 20, answered at 23: 13 after the question, 3 after Ben
    got the chat.
    """
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor, rid = await chat(office, ann)
    clock.wait(seconds=10)
    await visitor.say(rid, "hi")
    clock.wait(seconds=10)
    await office.admin.post(FORWARD, roomId=rid, userId=ben.user_id)
    answered = clock.wait(seconds=3)
    await ben.post("chat.sendMessage", message={"rid": rid, "msg": "Ben"})
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["response"] == {"total": 1, "tt": 13, "avg": 13, "fd": answered, "ft": 13}
    assert metrics["reaction"] == {"tt": 3, "fd": answered, "ft": 3}


async def test_what_is_measured_where_the_agent_writes_first(office: Office, clock: Clock) -> None:
    """By hand: greetings at 4 and 9 each count as a first answer, until the visitor's question at
    12, which is answered at 15 and only then.
    """
    ann = await office.agent()
    visitor, rid = await chat(office, ann)
    say = {"message": {"rid": rid, "msg": "welcome"}}
    for seconds in (4, 5):
        clock.wait(seconds=seconds)
        await ann.post("chat.sendMessage", **say)
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["response"] == {"total": 2, "tt": 13, "avg": 6.5, "fd": clock.wait(), "ft": 9}
    clock.wait(seconds=3)
    await visitor.say(rid, "hi")
    answered = clock.wait(seconds=3)
    await ann.post("chat.sendMessage", **say)
    metrics = (await seen(office, rid))["metrics"]
    spent = {"total": 3, "tt": 16, "avg": 5.333333, "fd": answered, "ft": 3}
    assert metrics["response"] == spent
    assert metrics["reaction"] == {"tt": 28, "fd": answered, "ft": 15}
    assert metrics["servedBy"] == {"lr": answered}
