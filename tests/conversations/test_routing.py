"""Who is given a chat, and in which department it starts."""

import asyncio
from random import Random
from typing import Any

import pytest

from tests.office import Client, Json, Office

NAMES = ["ann", "ben", "cleo", "dan"]

# What may happen between two chats: what of an agent's changes, by which call, to which value.
CHANGES = [
    ("status", "users.setStatus", ["online", "offline", "busy"]),
    ("ready", "livechat/agent.status", ["available", "not-available"]),
]


async def served_by(office: Office, **fields: Any) -> str | None:
    """Who is given the next chat; None when it is refused."""
    visitor = await office.visitor(**fields)
    answer = await office.nobody.call("GET", "livechat/room", params={"token": visitor.token})
    if answer.status_code == 400:
        assert answer.json()["errorType"] == "no-agent-online"
        return None
    return str(answer.json()["room"]["servedBy"]["username"])


async def all_online(agents: list[Client]) -> None:
    for agent in agents:
        await agent.post("users.setStatus", status="online")
        await agent.post("livechat/agent.status", status="available")


@pytest.mark.parametrize("in_department", [False, True])
async def test_the_next_chat_goes_to_the_agent_whose_turn_it_is(
    office: Office, in_department: bool
) -> None:
    """A model of the rule against the office, over random absences."""
    agents = [await office.agent(username=name) for name in NAMES]
    ranks = dict.fromkeys(NAMES, 0)
    taken = dict.fromkeys(NAMES, 0)
    where: Json = {}
    if in_department:
        ranks = {"ann": 2, "ben": 1, "cleo": 1, "dan": 0}
        department = await office.admin.post(
            "livechat/department",
            department={
                "name": "D",
                "email": "d@office.example",
                "enabled": True,
                "showOnRegistration": False,
                "showOnOfflineForm": False,
            },
            agents=[
                {"agentId": agent.user_id, "order": rank}
                for agent, rank in zip(agents, ranks.values(), strict=True)
            ],
        )
        where = {"department": department["department"]["_id"]}

    await all_online(agents)
    state = {name: {"status": "online", "ready": "available"} for name in NAMES}
    random = Random(2021)
    for _ in range(150):
        if random.random() < 0.5:
            number = random.randrange(len(NAMES))
            key, path, values = random.choice(CHANGES)
            state[NAMES[number]][key] = value = random.choice(values)
            await agents[number].post(path, status=value)
            continue
        there = [
            name
            for name in NAMES
            if state[name]["status"] != "offline" and state[name]["ready"] == "available"
        ]
        expected = min(there, key=lambda n: (taken[n], ranks[n], n), default=None)
        assert await served_by(office, **where) == expected, (taken, state)
        if expected is not None:
            taken[expected] += 1
    assert min(taken.values()) >= 5
    # Who was away catches up; from then on, with nothing changing, turns differ by one at most.
    await all_online(agents)
    for _ in range(max(taken.values()) * 4 - sum(taken.values())):
        taken[await served_by(office, **where) or ""] += 1
    for _ in range(9):
        assert max(taken.values()) - min(taken.values()) <= 1
        taken[await served_by(office, **where) or ""] += 1


@pytest.mark.parametrize("in_department", [False, True])
async def test_chats_that_start_together_are_shared_out(
    office: Office, in_department: bool
) -> None:
    agents = [await office.agent(username=name) for name in NAMES[:3]]
    where = {"department": (await office.department(*agents))["_id"]} if in_department else {}
    visitors = [await office.visitor(**where) for _ in range(30)]
    rooms = await asyncio.gather(*[visitor.room() for visitor in visitors])
    names = [room["servedBy"]["username"] for room in rooms]
    assert [names.count(name) for name in NAMES[:3]] == [10, 10, 10]


async def test_idle_agents_and_bots(office: Office) -> None:
    """A bot needs no status; who is not active any more, or no agent, is given nothing."""
    bot = await office.agent("bot", username="robo", online=False)
    await office.person("livechat-manager", username="aaa")
    assert await served_by(office) == "robo"
    await bot.post("livechat/agent.status", status="not-available")
    assert await served_by(office) is None
    agent = await office.agent(username="human")
    await office.patch("users", agent.user_id, statusConnection="away")
    assert await served_by(office) == "human"
    await office.setting("Livechat_enabled_when_agent_idle", False)
    assert await served_by(office) is None
    await office.patch("users", agent.user_id, statusConnection="online")
    assert await served_by(office) == "human"
    await office.patch("users", agent.user_id, active=False)
    assert await served_by(office) is None


async def test_a_department_or_the_first_online_one_of_its_fallbacks(office: Office) -> None:
    first, last = await office.agent(username="first"), await office.agent(username="last")
    end = await office.department(last)
    middle = await office.department(fallbackForwardDepartment=end["_id"])
    start = await office.department(first, fallbackForwardDepartment=middle["_id"])
    closed = await office.department(first, enabled=False, fallbackForwardDepartment=middle["_id"])

    async def lands_in(wanted: Json) -> str | None:
        visitor = await office.visitor(department=wanted["_id"])
        found = await office.nobody.call("GET", "livechat/room", params={"token": visitor.token})
        assert (await office.visitor(token=visitor.token)).doc["department"] == wanted["_id"]
        place: str | None = found.json().get("room", {}).get("departmentId")
        return place

    assert await lands_in(start) == start["_id"]
    assert await lands_in(closed) == end["_id"]
    await first.post("users.setStatus", status="offline")
    assert await lands_in(start) == end["_id"]
    await last.post("users.setStatus", status="offline")
    # Somebody else is there, but not for these departments.
    await office.agent()
    assert await lands_in(start) is None
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    for agent in (first, last):
        await agent.post("livechat/agent.status", status="not-available")
    assert await lands_in(start) == start["_id"]


async def test_without_a_department_the_first_shown_one_that_is_online(office: Office) -> None:
    ann, ben, cleo = [await office.agent(username=name) for name in NAMES[:3]]
    shown: Json = {"showOnRegistration": True}
    b = await office.department(ben, name="b", **shown)
    await office.department(name="a1", **shown)
    await office.department(ann, name="a2")
    await office.department(ann, name="a3", enabled=False, **shown)
    c = await office.department(cleo, name="c", **shown)

    async def start(**query: str) -> Json:
        visitor = await office.visitor()
        answer = await office.nobody.get("livechat/room", token=visitor.token, **query)
        room: Json = answer["room"]
        return room

    assert (await start())["departmentId"] == b["_id"]
    await ben.post("users.setStatus", status="offline")
    room = await start()
    assert (room["departmentId"], room["servedBy"]["username"]) == (c["_id"], "cleo")
    await cleo.post("users.setStatus", status="offline")
    room = await start()
    assert room["servedBy"]["username"] == "ann"
    assert not {"departmentId", "departmentAncestors"} & room.keys()
    # An agent who is asked for is asked for without one.
    await ben.post("users.setStatus", status="online")
    room = await start(agentId=ann.user_id)
    assert room["servedBy"]["username"] == "ann"
    assert "departmentId" not in room
