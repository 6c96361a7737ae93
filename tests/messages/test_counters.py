"""A room's counters and its messages say the same, whatever happened in whatever order."""

import asyncio
from random import Random

import pytest

from parley.db import Tx
from parley.db.documents import decode
from tests.office import Client, Json, Office, Visitor

# core.md, 5.7: what notifies counts twice.
WEIGHTS = {"livechat-started": 2, "livechat-close": 2}


class Life:
    """Random acts of a few visitors and agents."""

    def __init__(
        self, office: Office, random: Random, visitors: list[Visitor], people: list[Client]
    ) -> None:
        self.office, self.random = office, random
        self.visitors, self.people = visitors, people
        self.rooms: list[tuple[Visitor, str]] = []

    async def act(self) -> None:
        """One act; that it may be refused is part of the life."""
        visitor = self.random.choice(self.visitors)
        person = self.random.choice(self.people)
        owner, room = self.random.choice(self.rooms[-4:] or [(visitor, "")])
        # Mostly the room's own visitor writes; now and then somebody tries another's.
        writer = visitor if self.random.random() < 0.1 else owner
        kind = self.random.choices(["open", "say", "answer", "close", "end"], [3, 8, 8, 1, 1])[0]
        number = self.random.randrange(30)
        token = {"token": writer.token}
        if kind == "open":
            answer = await self.office.nobody.call(
                "GET", "livechat/room", params={"token": visitor.token}
            )
            if answer.json().get("newRoom"):
                self.rooms.append((visitor, answer.json()["room"]["_id"]))
        elif kind == "say":
            body = token | {"rid": room, "msg": "x" * number, "_id": f"v{number}"}
            if number < 20:
                del body["_id"]
            await self.office.nobody.call("POST", "livechat/message", json=body)
        elif kind == "answer":
            message: Json = {"rid": room, "msg": "y" * (5010 if number == 7 else number)}
            if number > 20:
                message["_id"] = f"a{number}"
            if number < 5:
                message["tmid"] = "thread"
            await person.call("POST", "chat.sendMessage", json={"message": message})
        elif kind == "close":
            body = token | {"rid": room}
            await self.office.nobody.call("POST", "livechat/room.close", json=body)
        else:
            body = {"rid": room, "comment": "bye"}
            await person.call("POST", "livechat/room.closeByUser", json=body)


@pytest.mark.parametrize("routing", ["Auto_Selection", "Manual_Selection"])
async def test_counters_are_what_the_messages_say(office: Office, routing: str) -> None:
    await office.setting("Livechat_Routing_Method", routing)
    await office.setting("Livechat_enable_transcript", routing == "Auto_Selection")
    people = [await office.agent(), await office.agent(), office.admin]
    visitors = [await office.visitor() for _ in range(3)]
    life = Life(office, Random(4711), visitors, people)
    for burst in [1] * 80 + [8] * 25:
        await asyncio.gather(*[life.act() for _ in range(burst)])

    async def everything(tx: Tx) -> list[list[Json]]:
        tables = ("rooms", "messages", "subscriptions", "inquiries")
        rows = [await tx.rows(f"SELECT doc FROM {table}") for table in tables]
        return [[decode(row[0]) for row in found] for found in rows]

    rooms, messages, subscriptions, inquiries = await office.db.act(everything)
    assert len(rooms) > 5
    assert len(messages) > 80
    for room in rooms:
        rid = room["_id"]
        own = [message for message in messages if message["rid"] == rid]
        assert room["msgs"] == sum(WEIGHTS.get(m.get("t", ""), 1) for m in own)
        part = [s for s in subscriptions if s["rid"] == rid]
        assert room["usersCount"] == 1 + len(part)
        assert len([i for i in inquiries if i["rid"] == rid]) == ("open" in room)
        loud = [m for m in own if m.get("t") in {None, *WEIGHTS} and "tmid" not in m]
        assert room["lm"] == max(m["ts"] for m in loud) == room["lastMessage"]["ts"]
        assert room["lastMessage"] in loud
        assert ("open" in room) is ("closedAt" not in room)
        kinds = [m.get("t") for m in own]
        assert kinds.count("livechat-started") == 1
        assert kinds.count("livechat-close") == ("closedAt" in room)
    still_open = [room["v"]["_id"] for room in rooms if "open" in room]
    assert len(still_open) == len(set(still_open))
    assert len(still_open) < len(rooms)
