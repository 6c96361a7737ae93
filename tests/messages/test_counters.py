"""A room's counters and its messages say the same, whatever happened in whatever order."""

import asyncio
from random import Random

import pytest

from parley.db import Tx
from parley.db.documents import decode
from tests.office import Client, Json, Office, Visitor

# core.md, 5.7: what notifies counts twice.
WEIGHTS = {"livechat-started": 2, "livechat-close": 2}
DELETED = {"rm": 0}


class Life:
    """Random acts of a few visitors and agents."""

    def __init__(
        self, office: Office, random: Random, visitors: list[Visitor], people: list[Client]
    ) -> None:
        self.office, self.random = office, random
        self.visitors, self.people = visitors, people
        self.rooms: list[tuple[Visitor, str]] = []
        self.known: list[tuple[str, Json]] = []
        """Messages that were there once: id, and the token and room of the visitor."""

    async def act(self) -> None:
        """One act; that it may be refused is part of the life."""
        visitor = self.random.choice(self.visitors)
        person = self.random.choice(self.people)
        owner, room = self.random.choice(self.rooms[-4:] or [(visitor, "")])
        # Mostly the room's own visitor writes; now and then somebody tries another's.
        writer = visitor if self.random.random() < 0.1 else owner
        kinds = ["open", "say", "answer", "close", "end", "change"]
        kind = self.random.choices(kinds, [3, 8, 8, 1, 1, 8])[0]
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
            own = token | {"rid": room}
            await self._write(self.office.nobody, "livechat/message", body, own)
        elif kind == "answer":
            message: Json = {"rid": room, "msg": "y" * (5010 if number == 7 else number)}
            if number > 20:
                message["_id"] = f"a{number}"
            if number < 5 and self.known:
                message["tmid"] = self.random.choice(self.known)[0]
            own = {"token": owner.token, "rid": room}
            await self._write(person, "chat.sendMessage", {"message": message}, own)
        elif kind == "close":
            body = token | {"rid": room}
            await self.office.nobody.call("POST", "livechat/room.close", json=body)
        elif kind == "end":
            body = {"rid": room, "comment": "bye"}
            await person.call("POST", "livechat/room.closeByUser", json=body)
        elif self.known:
            await self._change(person, *self.random.choice(self.known[-12:]))

    async def _write(self, who: Client, path: str, body: Json, own: Json) -> None:
        answer = (await who.call("POST", path, json=body)).json()
        if "message" in answer:
            self.known.append((answer["message"]["_id"], own))

    async def _change(self, person: Client, key: str, own: Json) -> None:
        nobody, path = self.office.nobody, f"livechat/message/{key}"
        there = {"roomId": own["rid"], "msgId": key}
        who, method, where, body = self.random.choice(
            [
                (nobody, "PUT", path, own | {"msg": "changed"}),
                (nobody, "DELETE", path, own),
                (person, "POST", "chat.update", there | {"text": "changed"}),
                (person, "POST", "chat.delete", there),
                (person, "POST", "chat.react", {"messageId": key, "emoji": "ok"}),
            ]
        )
        await who.call(method, where, json=body)


@pytest.mark.parametrize("routing", ["Auto_Selection", "Manual_Selection"])
async def test_counters_are_what_the_messages_say(office: Office, routing: str) -> None:
    automatic = routing == "Auto_Selection"
    await office.setting("Livechat_Routing_Method", routing)
    await office.setting("Livechat_enable_transcript", automatic)
    await office.setting("Message_ShowDeletedStatus", automatic)
    await office.setting("Message_KeepHistory", automatic)
    people = [await office.agent(), await office.agent(), office.admin]
    visitors = [await office.visitor() for _ in range(3)]
    life = Life(office, Random(4711), visitors, people)
    for burst in [1] * 80 + [8] * 40:
        await asyncio.gather(*[life.act() for _ in range(burst)])

    async def everything(tx: Tx) -> list[list[Json]]:
        tables = ("rooms", "messages", "subscriptions", "inquiries")
        rows = [await tx.rows(f"SELECT doc FROM {table}") for table in tables]
        found = [[decode(row[0]) for row in some] for some in rows]
        gone = await tx.rows("SELECT id, room_id FROM deleted_messages")
        return [*found, [{"_id": row[0], "rid": row[1]} for row in gone]]

    rooms, messages, subscriptions, inquiries, gone = await office.db.act(everything)
    assert len(rooms) > 5
    assert len([*messages, *gone]) > 80
    changed = [m for m in messages if "editedAt" in m]
    assert len(changed) > 3
    assert gone or [m for m in changed if m.get("t") == "rm"]
    for room in rooms:
        rid = room["_id"]
        own = [message for message in messages if message["rid"] == rid]
        assert room["msgs"] == sum((WEIGHTS | DELETED).get(m.get("t", ""), 1) for m in own)
        part = [s for s in subscriptions if s["rid"] == rid]
        assert room["usersCount"] == 1 + len(part)
        assert len([i for i in inquiries if i["rid"] == rid]) == ("open" in room)
        loud = [m for m in own if m.get("t") in {None, *WEIGHTS} and "tmid" not in m]
        last = room.get("lastMessage")
        assert last is None or last in loud
        newest = max(m["ts"] for m in loud)
        if any(m["rid"] == rid for m in gone) or "rm" in [m.get("t") for m in own]:
            # Gone is not unsaid; what is shown is what was said last of what is left.
            said = [m["ts"] for m in loud if "t" not in m]
            assert room["lm"] >= newest
            assert (last and last["ts"]) in {newest, max(said, default=None)}
        else:
            assert room["lm"] == newest == room["lastMessage"]["ts"]
        assert ("open" in room) is ("closedAt" not in room)
        kinds = [m.get("t") for m in own]
        assert kinds.count("livechat-started") == 1
        assert kinds.count("livechat-close") == ("closedAt" in room)
    still_open = [room["v"]["_id"] for room in rooms if "open" in room]
    assert len(still_open) == len(set(still_open))
    assert len(still_open) < len(rooms)
