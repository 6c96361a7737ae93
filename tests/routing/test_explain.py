"""Who comes before the rule, and why a chat went where it went or waits."""

from typing import Any

import pytest

from parley.db import Tx
from parley.routing.decisions import ASSIGNED, MOST, QUEUED, note
from tests.office import Client, Json, Office, Visitor

EXPLAIN = "livechat/routing.explain"
OFFLINE = "Livechat_accept_chats_with_no_agents"


async def explained(office: Office, room: Json) -> Json:
    return await office.admin.get(EXPLAIN, roomId=room["_id"])


async def chat_with(office: Office, agent: Client, **fields: Any) -> tuple[Visitor, Json]:
    """A visitor and the closed chat that they had with the agent."""
    visitor = await office.visitor(**fields)
    query = {"token": visitor.token, "agentId": agent.user_id}
    room = (await office.nobody.get("livechat/room", **query))["room"]
    await visitor.close(room["_id"])
    return visitor, room


async def test_bots_come_first(office: Office) -> None:
    """Present or not, available or not; they skip the queue, and a queue by hand as well."""
    robo = await office.agent("bot", username="robo", online=False)
    await office.agent("bot", username="beep", online=False)
    department = await office.department(robo)
    await robo.post("livechat/agent.status", status="not-available")
    await office.setting("Livechat_assign_new_conversation_to_bot", True)

    async def server(**fields: Any) -> str:
        room = await (await office.visitor(**fields)).room()
        assert (await explained(office, room))["code"] == "bot-first"
        return str(room["servedBy"]["username"])

    assert [await server() for _ in range(3)] == ["beep", "robo", "beep"]
    assert await server(department=department["_id"]) == "robo"
    await office.setting("Livechat_waiting_queue", True)
    assert await server() == "robo"
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    assert await server() == "beep"


async def test_who_looks_after_the_contact_and_who_served_them_before(office: Office) -> None:
    ann, ben, cleo = [await office.agent(username=name) for name in ("ann", "ben", "cleo")]
    visitor, old = await chat_with(office, cleo)

    async def again() -> tuple[str, str]:
        room = await visitor.room()
        told = await explained(office, room)
        await visitor.close(room["_id"])
        return room["servedBy"]["username"], told["code"]

    assert await again() == ("ann", "fewest-turns")
    await office.setting("Livechat_last_chatted_agent_routing", True)
    await ben.post("livechat/agent.status", status="not-available")
    assert await again() == ("ann", "last-chatted")
    await office.setting("Omnichannel_contact_manager_routing", True)
    await office.patch("contacts", old["contactId"], contactManager=cleo.user_id)
    assert await again() == ("cleo", "contact-manager")
    await cleo.post("users.setStatus", status="offline")
    await ann.post("users.setStatus", status="offline")
    await ben.post("livechat/agent.status", status="available")
    assert await again() == ("ben", "fewest-turns")
    # A queue keeps whom it is best for.
    await cleo.post("users.setStatus", status="online")
    await office.setting("Livechat_waiting_queue", True)
    room = await visitor.room()
    told = await explained(office, room)
    assert (told["state"], told["code"]) == ("waiting", "waiting-queue")
    assert told["waiting"]["waitsFor"]["username"] == "cleo"
    assert told["waiting"]["status"] == "queued"


async def test_why_it_waits(office: Office) -> None:
    """What was decided, and how things stand now."""
    ann = await office.agent(username="ann")
    department = await office.department(ann, maxNumberSimultaneousChat=1)
    await office.setting(OFFLINE, True)
    await ann.post("livechat/agent.status", status="not-available")
    waits = await (await office.visitor(department=department["_id"])).room()
    told = await explained(office, waits)
    assert (told["code"], told["state"]) == ("nobody-online", "waiting")
    assert told["text"].startswith("The chat waits. Nobody")
    assert told["waiting"]["agents"] == {"agents": 1, "available": 0, "online": 0, "free": 0}
    [decision] = told["decisions"]
    assert decision["outcome"] == "queued"
    assert decision["method"] == "Auto_Selection"
    assert decision["detail"]["agents"] == told["waiting"]["agents"]
    # She comes back, has one chat, and the department allows no second one.
    await ann.post("livechat/agent.status", status="available")
    served = await (await office.visitor(department=department["_id"])).room()
    told = await explained(office, served)
    assert (told["code"], told["servedBy"]["username"]) == ("fewest-turns", "ann")
    assert told["text"].startswith("ann serves the chat. ")
    assert told["decisions"][0]["detail"]["candidates"] == [{"username": "ann", "turns": 0}]
    await office.setting("Livechat_waiting_queue", True)
    told = await explained(office, waits)
    assert told["waiting"]["agents"] == {"agents": 1, "available": 1, "online": 1, "free": 0}
    assert told["code"] == "all-at-limit"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_who_is_told(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor = await office.visitor()
    room = await visitor.room()
    assert (await ann.get(EXPLAIN, roomId=room["_id"]))["state"] == "served"
    query = {"params": {"roomId": room["_id"]}}
    refused = (400, {"success": False, "error": "error-not-allowed"})
    assert await ben.refused("GET", EXPLAIN, **query) == refused
    person = await office.person()
    assert (await person.refused("GET", EXPLAIN, **query))[0] == 403
    assert (await office.nobody.refused("GET", EXPLAIN, **query))[0] == 401
    unknown = (400, {"success": False, "error": "error-invalid-room"})
    assert await ann.refused("GET", EXPLAIN, params={"roomId": "x"}) == unknown
    assert visitor.token not in str(await ann.get(EXPLAIN, roomId=room["_id"]))


async def test_decisions_are_few_and_go_with_their_room(office: Office) -> None:
    await office.agent(username="ann")
    visitors = [await office.visitor() for _ in range(2)]
    rooms = [(await visitor.room())["_id"] for visitor in visitors]

    async def same(tx: Tx) -> None:
        await tx.lock("rooms", rooms[0])
        for _ in range(3):
            await note(tx, rooms[0], QUEUED, "nobody-online", {"agents": {"agents": 1}})

    async def many(tx: Tx) -> None:
        await tx.lock("rooms", rooms[0])
        for n in range(MOST):
            await note(tx, rooms[0], ASSIGNED, f"reason-{n}", {})

    async def stored() -> dict[str, int]:
        sql = "SELECT room_id, count(*) FROM routing_decisions GROUP BY room_id"
        return {row[0]: row[1] for row in await office.db.read(lambda q: q.rows(sql))}

    await office.db.act(same)
    decisions = (await explained(office, {"_id": rooms[0]}))["decisions"]
    assert [(d["code"], d["times"]) for d in decisions] == [
        ("fewest-turns", 1),
        ("nobody-online", 3),
    ]
    await office.db.act(many)
    decisions = (await explained(office, {"_id": rooms[0]}))["decisions"]
    assert [d["code"] for d in decisions] == [f"reason-{n}" for n in range(MOST)]
    assert decisions[-1]["text"] == f"Reason {MOST - 1}."
    assert await stored() == {rooms[0]: MOST, rooms[1]: 1}
    for visitor, room_id in zip(visitors, rooms, strict=True):
        await visitor.close(room_id)
    await office.admin.post("livechat/rooms.delete", roomId=rooms[0])
    assert await stored() == {rooms[1]: 1}
    answer = await office.nobody.call("DELETE", f"livechat/visitor/{visitors[1].token}")
    assert answer.status_code == 200
    assert await stored() == {}


async def test_the_next_agent_takes_a_turn(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    shown = await office.department(ben, showOnRegistration=True)
    hidden = await office.department(ann, ben)

    async def next_of(token: str, **query: str) -> str | None:
        answer = await office.nobody.get(f"livechat/agent.next/{token}", **query)
        name: str | None = answer.get("agent", {}).get("username")
        return name

    turns = [await next_of("unknown", department=hidden["_id"]) for _ in range(3)]
    assert turns == ["ann", "ben", "ann"]
    assert await next_of("unknown") == "ben"  # of the department that is shown
    await ben.post("users.setStatus", status="offline")
    assert await next_of("unknown") == "ann"
    visitor = await office.visitor()
    await visitor.room()
    assert await next_of(visitor.token) is None
    await ann.post("users.setStatus", status="offline")
    refused = (400, {"success": False, "error": "agent-not-found"})
    path = "livechat/agent.next/unknown"
    assert await office.nobody.refused("GET", path) == refused
    query = {"department": shown["_id"]}
    assert await office.nobody.refused("GET", path, params=query) == refused
