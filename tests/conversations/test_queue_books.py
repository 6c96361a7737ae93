"""Whatever people do at once: an open room has its inquiry, taken if and only if it is served."""

import asyncio
from random import Random
from typing import Any

import pytest

from parley.conversations.leaving import finish_leaving
from parley.conversations.queue.giving_out import give_out
from parley.db import Reader
from parley.db.documents import decode
from tests.books import broken
from tests.office import Client, Json, Office, Visitor

KINDS = {
    "start": 6,
    "take": 6,
    "return": 2,
    "forward": 9,
    "transfer": 4,
    "close": 2,
    "status": 3,
    "give out": 1,
    "deactivate": 1,
    "rename": 1,
}
WITH_BOTS = KINDS | {"hand over": 12, "return to bot": 8}


class Day:
    """Random acts of visitors, agents and the clock; that each may be refused is part of it."""

    def __init__(self, office: Office, random: Random, kinds: dict[str, int] = KINDS) -> None:
        self.office, self.random, self.kinds = office, random, kinds
        self.agents: list[Client] = []
        self.visitors: list[Visitor] = []
        self.bots: list[Client] = []
        self.departments: list[str] = []
        self.done: dict[str, int] = {}
        self.spoke: dict[str, Json] = {}
        """Of each room, who had the word when it was last looked at."""

    async def begin(self) -> None:
        self.agents = [await self.office.agent() for _ in range(4)]
        if self.kinds is WITH_BOTS:
            self.bots = [await self.office.agent("bot") for _ in range(2)]
        self.agents += self.bots
        for some in (self.agents[:2], self.agents[1:]):
            self.departments.append((await self.office.department(*some))["_id"])
        for n in range(6):
            fields = {"department": self.departments[n % 2]} if n % 3 else {}
            self.visitors.append(await self.office.visitor(**fields))

    async def act(self) -> None:
        kind = self.random.choices([*self.kinds], [*self.kinds.values()])[0]
        visitor, agent = self.random.choice(self.visitors), self.random.choice(self.agents)
        if kind == "give out":
            await give_out(self.office.db, {})
            return
        room, inquiry = await self._room(visitor)
        answer = await self._call(kind, visitor, agent, room, inquiry)
        assert answer.status_code in (200, 400, 401, 403), answer.text
        good = answer.status_code == 200
        self.done[kind] = self.done.get(kind, 0) + good

    async def _room(self, visitor: Visitor) -> tuple[str, str]:
        """Room and inquiry of the visitor, as of a moment ago."""

        async def find(q: Reader) -> tuple[str, str]:
            row = await q.row(
                "SELECT r.id, i.id FROM rooms r JOIN inquiries i ON i.room_id = r.id"
                " WHERE r.visitor_id = $1 AND r.open",
                visitor.id,
            )
            return (row[0], row[1]) if row else ("none", "none")

        return await self.office.db.read(find)

    async def _call(
        self, kind: str, visitor: Visitor, agent: Client, room: str, inquiry: str
    ) -> Any:
        office, token = self.office, visitor.token
        department = self.random.choice(self.departments)
        where = self.random.choice([{"departmentId": department}, {"userId": agent.user_id}])
        status = self.random.choice(["available", "available", "not-available"])
        name = f"name{self.random.randrange(9)}"
        visit: Json = {"visitor": {"token": token, "name": name}}
        moved = {"token": token, "rid": room, "department": department}
        in_queue = self.random.choice([{}, {"departmentId": department}])
        match kind:
            case "start":
                return await office.nobody.call("GET", "livechat/room", params={"token": token})
            case "take":
                path = "livechat/inquiries.take"
                return await agent.call("POST", path, json={"inquiryId": inquiry})
            case "return":
                path = "livechat/inquiries.returnAsInquiry"
                return await office.admin.call("POST", path, json={"roomId": room} | in_queue)
            case "forward":
                body = {"roomId": room} | where
                return await office.admin.call("POST", "livechat/room.forward", json=body)
            case "transfer":
                path = "livechat/visitor/department.transfer"
                return await office.nobody.call("POST", path, json=moved)
            case "hand over":
                return await self._hand_over(room, self.random.choice([{}, {}, where]))
            case "return to bot":
                path = "livechat/room.returnToBot"
                bot = self.random.choice([{}, {"userId": self.random.choice(self.bots).user_id}])
                return await office.admin.call("POST", path, json={"roomId": room} | bot)
            case "close":
                body = {"token": token, "rid": room}
                return await office.nobody.call("POST", "livechat/room.close", json=body)
            case "status":
                return await agent.call("POST", "livechat/agent.status", json={"status": status})
            case "deactivate":
                return await self._leave_and_return(agent)
            case _:
                return await office.nobody.call("POST", "livechat/visitor", json=visit)

    async def _hand_over(self, room: str, where: Json) -> Any:
        """By the bot that serves the room, if one does; never to a bot."""
        found = await self.office.admin.call("GET", "rooms.info", params={"roomId": room})
        served = found.json().get("room", {}).get("servedBy", {}).get("_id")
        bot = next((bot for bot in self.bots if bot.user_id == served), self.bots[0])
        body = {"roomId": room} | where
        answer = await bot.call("POST", "livechat/room.handOver", json=body)
        if answer.status_code == 200:
            assert answer.json()["speaker"]["kind"] != "bot"
        return answer

    async def _leave_and_return(self, agent: Client) -> Any:
        """Their chats are closed, and their token is gone."""
        person, path = {"userId": agent.user_id}, "users.setActiveStatus"
        admin = self.office.admin
        answer = await admin.call("POST", path, json=person | {"activeStatus": False})
        await admin.call("POST", path, json=person | {"activeStatus": True})
        name = agent.password.removeprefix("password of ")
        agent.headers = (await self.office.login(name, agent.password)).headers
        await agent.call("POST", "users.setStatus", json={"status": "online"})
        return answer


async def check(office: Office, day: Day) -> int:
    """How many chats are open."""

    async def everything(q: Reader) -> tuple[list[Json], list[Json]]:
        found = [await q.rows(f"SELECT doc FROM {table}") for table in ("rooms", "inquiries")]
        rooms, inquiries = [[decode(row[0]) for row in rows] for rows in found]
        return rooms, inquiries

    rooms, inquiries = await office.db.read(everything)
    waiting = {inquiry["rid"]: inquiry for inquiry in inquiries}
    there = {room["_id"]: room for room in rooms if room.get("open")}
    assert waiting.keys() == there.keys()
    for key, room in there.items():
        inquiry = waiting[key]
        assert inquiry["status"] == ("taken" if "servedBy" in room else "queued")
        assert ("takenAt" in inquiry) == ("servedBy" in room)
        assert ("queuedAt" in inquiry) == ("servedBy" not in room)
        assert inquiry.get("queuedAt", room["queuedAt"]) == room["queuedAt"]
        assert inquiry.get("department") == room.get("departmentId")
        assert inquiry["name"] == room["fname"]
    bots = {bot.user_id for bot in day.bots}
    for room in rooms:
        check_speaker(room, bots, day.spoke.get(room["_id"]))
        day.spoke[room["_id"]] = room["speaker"]
    return len(there)


def check_speaker(room: Json, bots: set[str], before: Json | None) -> None:
    """The word is with who serves the room, and whenever it passes its number is raised."""
    speaker, served = room["speaker"], room.get("servedBy")
    if served is None:
        assert speaker["kind"] == "queue"
        assert "userId" not in speaker
    else:
        assert speaker["kind"] == ("bot" if served["_id"] in bots else "human")
        told = (speaker["userId"], speaker["username"], speaker["since"])
        assert told == (served["_id"], served["username"], served["ts"])
    if speaker["kind"] == "bot":
        assert speaker.keys().isdisjoint({"bot", "handedOver"})
    if before is not None:
        passed = any(speaker.get(key) != before.get(key) for key in ("kind", "userId", "since"))
        assert (speaker["number"] > before["number"]) == passed
        assert speaker["number"] >= before["number"]


METHODS = [("Auto_Selection", True), ("Auto_Selection", False), ("Manual_Selection", False)]


async def live(office: Office, method: str, kinds: dict[str, int], *, queue: bool) -> Day:
    """A day of one act after another, and then of several at once; checked after each."""
    await office.setting("Livechat_Routing_Method", method)
    await office.setting("Livechat_waiting_queue", queue)
    await office.setting("Livechat_accept_chats_with_no_agents", not queue)
    day = Day(office, Random(5), kinds)
    await day.begin()
    most = 0
    for burst in [1] * 40 + [6] * 16:
        await asyncio.gather(*[day.act() for _ in range(burst)])
        await finish_leaving(office.db)
        most = max(most, await check(office, day))
    assert await broken(office) == {}
    assert most > 2
    return day


@pytest.mark.parametrize(("method", "queue"), METHODS)
async def test_the_inquiry_is_as_the_room(office: Office, method: str, queue: bool) -> None:
    done = (await live(office, method, KINDS, queue=queue)).done
    assert min(done.get(kind, 0) for kind in ("start", "forward", "close", "return")) > 0
    if method == "Manual_Selection" or queue:
        assert done["take"] > 0


@pytest.mark.parametrize(("method", "queue"), METHODS)
async def test_the_word_is_with_who_serves(office: Office, method: str, queue: bool) -> None:
    """Among bots and humans; after each act the speaker is as the room says."""
    done = (await live(office, method, WITH_BOTS, queue=queue)).done
    assert min(done.get(kind, 0) for kind in ("hand over", "return to bot")) > 0, done
