"""What visitors and whoever serves them do in a chat, and the ledger of all that was answered."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.day.staff import CLOSED, Agent, Staff
from tests.faults.day.wire import Answer, Json, Wire

MOST_TURNS = 4
TAKERS = 3
BY_HAND = "Manual_Selection"


@dataclass
class Chat:
    token: str
    wanted: str | None
    """The department's id."""
    turns: int
    room: str = ""
    said: list[str] = field(default_factory=list)
    """Ids of messages of both sides, in the order in which they were answered."""
    unsure: set[str] = field(default_factory=set)
    """Ids of messages that were refused when they were sent again: the first may have come in."""
    keys: int = 0
    closed: bool = False
    """By an answer; the clock may have closed others."""
    twice: bool = False
    """Its start was asked for again: there may have been one before it."""
    looks: int = 0


class Day:
    """A number of visitors at a time; chats that wait or rest stand aside, and go on later."""

    def __init__(self, wire: Wire, staff: Staff, seed: int) -> None:
        self.wire, self.staff = wire, staff
        self.random = Random(seed)
        self.chats: list[Chat] = []
        self.aside: deque[Chat] = deque()
        self.done: Counter[str] = Counter()
        """Acts by name, where a server did them; `refused: …` where it did not."""
        self.method = ""
        self._moved = asyncio.Event()
        self.ended = 0

    async def set(self, **settings: object) -> None:
        for name, value in settings.items():
            body = {"value": value}
            answer = await self.wire.call("POST", f"settings/{name}", body, self.staff.admin)
            assert answer.good, answer
        self.method = str(settings.get("Livechat_Routing_Method", self.method))

    async def visits(self, amount: int, at_once: int) -> None:
        """So many more visitors; returns when each has ended a chat, or stands aside."""
        first = len(self.chats)
        self.chats += [self._visitor(n) for n in range(first, first + amount)]
        new = deque(self.chats[first:])

        async def look_after() -> None:
            while new:
                # Somebody goes on as often as somebody comes.
                chats = [new.popleft(), *([self.aside.popleft()] if self.aside else [])]
                for chat in chats:
                    await self._go_on(chat)

        await asyncio.gather(*[look_after() for _ in range(at_once)])

    async def arrive(self, amount: int) -> list[Chat]:
        """So many more, whose chats rest as soon as they have begun."""
        first = len(self.chats)
        self.chats += [self._visitor(n) for n in range(first, first + amount)]
        await asyncio.gather(*[self._start(chat) for chat in self.chats[first:]])
        self.aside += self.chats[first:]
        return self.chats[first:]

    async def go_on(self) -> None:
        """Each that stands aside, once."""
        chats = [self.aside.popleft() for _ in range(len(self.aside))]
        for start in range(0, len(chats), 32):
            await asyncio.gather(*[self._go_on(chat) for chat in chats[start : start + 32]])

    def _visitor(self, n: int) -> Chat:
        random = self.random
        departments = [None, self.staff.departments[CLOSED], *self.staff.open * 2]
        return Chat(f"visitor-{n:04}", random.choice(departments), random.randrange(1, MOST_TURNS))

    async def _go_on(self, chat: Chat) -> None:
        if not chat.room:
            await self._start(chat)
        room: Json | None = None
        while not chat.closed:
            room = room or await self._room(chat)
            if room is None:
                break
            agent = self.staff.agents.get(room.get("servedBy", {}).get("_id", ""))
            if agent is None:
                if not await self._wait(chat, room):
                    self.aside.append(chat)
                    return
                room = None
            else:
                match await self._turn(chat, room, agent):
                    case "rest":
                        self.aside.append(chat)
                        return
                    case "moved":
                        room = None
        self.ended += 1

    async def _start(self, chat: Chat) -> None:
        visitor: Json = {"token": chat.token, "name": f"V {chat.token}"}
        if chat.wanted:
            visitor["department"] = chat.wanted
        answer = await self.wire.call("POST", "livechat/visitor", {"visitor": visitor})
        assert answer.good, answer
        answer = await self.wire.call("GET", f"livechat/room?token={chat.token}")
        assert answer.good, answer
        chat.room, chat.twice = answer.body["room"]["_id"], answer.again
        self._count("start", answer)
        await self._say(chat)

    async def _room(self, chat: Chat) -> Json | None:
        """None when it is closed."""
        answer = await self.wire.call("GET", f"livechat/room?token={chat.token}&rid={chat.room}")
        assert answer.good or answer.error == "invalid-room", answer
        room: Json | None = answer.body["room"] if answer.good else None
        return room

    async def _say(self, chat: Chat) -> bool:
        """As the visitor."""
        key = self._key(chat)
        body = {"token": chat.token, "rid": chat.room, "msg": f"text {key}", "_id": key}
        return self._said(chat, key, "say", await self.wire.call("POST", "livechat/message", body))

    def _key(self, chat: Chat) -> str:
        chat.keys += 1
        return f"{chat.token}.{chat.keys}"

    def _said(self, chat: Chat, key: str, who: str, answer: Answer) -> bool:
        if self._count(who, answer):
            chat.said.append(key)
        elif answer.again:
            chat.unsure.add(key)
        return answer.good

    async def _wait(self, chat: Chat, room: Json) -> bool:
        """Whether it is worth looking again at once."""
        chat.looks += 1
        if chat.looks % 4 == 1:
            await self._say(chat)
        if self.method != BY_HAND:
            return False
        return await self._race(chat, room)

    async def _race(self, chat: Chat, room: Json) -> bool:
        """Several agents take it at once."""
        there = self.staff.here(room.get("departmentId"))
        if not there:
            return False
        path = f"livechat/inquiries.getOne?roomId={chat.room}"
        inquiry = (await self.wire.call("GET", path, None, self.staff.admin)).body["inquiry"]
        if inquiry is None:
            return True
        takers = self.random.sample(there, min(TAKERS, len(there)))
        body = {"inquiryId": inquiry["_id"]}
        answers = await asyncio.gather(
            *[
                self.wire.call("POST", "livechat/inquiries.take", body, each.headers)
                for each in takers
            ]
        )
        won = [answer for answer in answers if self._count("take", answer)]
        assert len(won) <= 1, answers
        lost = {answer.error for answer in answers if not answer.good}
        assert lost <= {"error-inquiry-taken", "error-agent-status-service-offline"}, answers
        return True

    async def _turn(self, chat: Chat, room: Json, agent: Agent) -> str:
        """Something happens in a chat that is served: `moved` where another may serve it now."""
        if chat.turns == 0:
            await self._end(chat, agent)
            return "moved"
        chat.turns -= 1
        acts = ("answer", "say", "rest", "forward", "hand", "return", "move")
        match self.random.choices(acts, (40, 30, 8, 4, 4, 3, 2))[0]:
            case "answer":
                return "stays" if await self._answer(chat, agent) else "moved"
            case "say":
                return "stays" if await self._say(chat) else "moved"
            case "rest":
                return "rest"
            case "return":
                await self._act("returnAsInquiry", {"roomId": chat.room}, agent)
            case "move":
                department = self.random.choice(self.staff.open)
                body = {"token": chat.token, "rid": chat.room, "department": department}
                path = "livechat/visitor/department.transfer"
                self._count("move", await self.wire.call("POST", path, body))
            case act:
                await self._forward(chat, room, agent, to_agent=act == "hand")
        return "moved"

    async def _answer(self, chat: Chat, agent: Agent) -> bool:
        key = self._key(chat)
        body: Json = {"message": {"rid": chat.room, "msg": f"text {key}", "_id": key}}
        answer = await self.wire.call("POST", "chat.sendMessage", body, agent.headers)
        return self._said(chat, key, "answer", answer)

    async def _forward(self, chat: Chat, room: Json, agent: Agent, *, to_agent: bool) -> None:
        there = self.staff.here(room.get("departmentId"))
        if to_agent and there:
            where = {"userId": self.random.choice(there).id}
        else:
            places = [*self.staff.open, self.staff.departments[CLOSED]]
            where = {"departmentId": self.random.choice(places)}
        await self._act("forward", {"roomId": chat.room} | where, agent)

    async def _act(self, name: str, body: Json, agent: Agent) -> None:
        area = "inquiries" if name == "returnAsInquiry" else "room"
        path = f"livechat/{area}.{name}"
        self._count(name, await self.wire.call("POST", path, body, agent.headers))

    async def _end(self, chat: Chat, agent: Agent) -> None:
        if self.random.random() < 0.3:
            body = {"token": chat.token, "rid": chat.room}
            answer = await self.wire.call("POST", "livechat/room.close", body)
        else:
            body = {"rid": chat.room, "comment": "done"}
            path = "livechat/room.closeByUser"
            answer = await self.wire.call("POST", path, body, agent.headers)
        chat.closed = self._count("close", answer)

    def _count(self, name: str, answer: Answer) -> bool:
        """Whether it was done."""
        self.done[name if answer.good else f"refused: {name}: {answer.error}"] += 1
        self._moved.set()
        return answer.good

    async def until(self, moment: Callable[[], bool]) -> None:
        """Looked at after each act."""
        while not moment():
            self._moved.clear()
            await self._moved.wait()

    async def comings_and_goings(self, every: int) -> None:
        """Until it is cancelled: somebody, as often as so many chats have ended."""
        following = every
        while True:
            await self.until(lambda: self.ended >= following)  # noqa: B023 - asked before it changes
            following += every
            await self.staff.come_or_go(self.wire, self.random)
