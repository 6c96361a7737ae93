"""Where visitors stand in the queue: told as it moves, to each, at a bounded cost."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from parley.accounts.identify import Identifier
from parley.events import Event
from parley.realtime.ddp import positions
from parley.realtime.ddp.hub import Hub
from parley.rooms.store import inquiry_of
from tests.office import Json, Office, Visitor
from tests.realtime.live import Ddp, Live, open_live, until
from tests.realtime.test_ddp_conversation import mine

TEXT = "One moment."
SAID = {"message": {"text": TEXT, "user": {"_id": "rocket.cat", "username": "rocket.cat"}}}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "SETTLES_SECONDS", 0.2)


async def open_queue(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    await office.setting("Livechat_waiting_queue", True)


async def say_the_text(office: Office) -> None:
    """All who wait are told where they stand, with it."""
    await office.setting("Livechat_waiting_queue_message", TEXT)


class Widget:
    def __init__(self, visitor: Visitor, room_id: str, ddp: Ddp) -> None:
        self.visitor, self.room_id, self.ddp = visitor, room_id, ddp

    @property
    def told(self) -> list[Json]:
        said = [data for (data,) in self.ddp.events("livechat-room", self.room_id)]
        return [data["data"] for data in said if data["type"] == "queueData"]

    async def stands(self, spot: int) -> None:
        """Returns when the last it was told is this place, with the text."""
        async with asyncio.timeout(60):
            while not (last := self.told[-1:]) or (
                (last[0]["spot"], last[0].get("message")) != (spot, SAID["message"])
            ):
                before = len(self.ddp.frames)
                await self.ddp.find(lambda f: f.get("collection") == "stream-livechat-room", before)


async def widget(stack: AsyncExitStack, live: Live, office: Office, **fields: str) -> Widget:
    """Of a visitor who waits."""
    visitor = await office.visitor(**fields)
    room_id = (await visitor.room())["_id"]
    ddp = await stack.enter_async_context(live.client())
    assert await ddp.sub("livechat-room", room_id, mine(visitor.token)) == "ready"
    return Widget(visitor, room_id, ddp)


async def test_places_are_told_as_the_queue_moves(live: Live, office: Office) -> None:
    """In each department's own queue, and in every process: the second one sees it all, too."""
    ann = await office.agent(username="ann")
    sales = await office.department(ann)
    await open_queue(office)
    async with open_live(office.db) as elsewhere, AsyncExitStack() as stack:
        first = await widget(stack, live, office)
        other = await widget(stack, elsewhere, office, department=sales["_id"])
        second = await widget(stack, elsewhere, office)
        third = await widget(stack, live, office)
        # Where they stood when they came was told as soon as the queue had settled: whoever was
        # slower to subscribe has not heard it.
        await say_the_text(office)
        for one, spot in ((first, 1), (other, 1), (second, 2), (third, 3)):
            await one.stands(spot)
        assert third.told[-1] == {"spot": 3} | SAID
        # Whoever is taken hears of their agent, and of no place any more.
        inquiry = (await ann.get("livechat/inquiries.getOne", roomId=first.room_id))["inquiry"]
        await ann.post("livechat/inquiries.take", inquiryId=inquiry["_id"])
        await second.stands(1)
        await third.stands(2)
        heard = await first.ddp.heard(
            "livechat-room", first.room_id, lambda d: d["type"] == "agentData"
        )
        assert heard[0]["data"]["username"] == "ann"
        await first.ddp.settled()
        said = [data["type"] for (data,) in first.ddp.events("livechat-room", first.room_id)]
        assert said == ["queueData"] * (len(said) - 1) + ["agentData"]
        # There is something to estimate by once a chat is over.
        await ann.post("livechat/room.closeByUser", rid=first.room_id, comment="x")
        await second.visitor.close(second.room_id)
        await third.stands(1)
        # However long the chat took.
        taken = third.told[-1]["estimatedWaitTimeSeconds"]
        assert third.told[-1] == {"spot": 1, "estimatedWaitTimeSeconds": taken} | SAID
        # Another department's queue, another place.
        await office.admin.post(
            "livechat/room.forward", roomId=third.room_id, departmentId=sales["_id"]
        )
        await third.stands(2)
        await other.visitor.close(other.room_id)
        await third.stands(1)
        # The text is told anew when it is changed; nothing is told with the queue switched off.
        await office.setting("Livechat_waiting_queue_message", "Soon!")
        await third.ddp.heard(
            "livechat-room",
            third.room_id,
            lambda d: d.get("data", {}).get("message", {}).get("text") == "Soon!",
        )
        assert not [text for text in third.ddp.texts if third.visitor.token in text]


async def test_who_comes_back_to_a_queue_that_stands_still(
    live: Live, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "SETTLES_SECONDS", 3600)
    await open_queue(office)
    await say_the_text(office)
    visitors = [await office.visitor() for _ in range(2)]
    rooms = [(await visitor.room())["_id"] for visitor in visitors]
    for _ in range(2):
        async with live.client() as ddp:
            second = Widget(visitors[1], rooms[1], ddp)
            assert await ddp.sub("livechat-room", rooms[1], mine(visitors[1].token)) == "ready"
            await second.stands(2)
            assert second.told == [{"spot": 2} | SAID]


class _Listener:
    """Of one visitor, in place of a connection."""

    session = "theirs"

    def __init__(self) -> None:
        self.wire = self
        self.heard: list[Json] = []

    def write_framed(self, payload: bytes, bytes_on_wire: bytes) -> None:
        self.heard.append(json.loads(payload)["fields"]["args"][0]["data"])


@pytest.mark.parametrize("many", [3, 30])
async def test_what_it_costs_when_many_come_at_once(office: Office, many: int) -> None:
    """Each change moves all behind it: to tell all of them each time is the square of the queue."""
    await open_queue(office)
    await say_the_text(office)
    hub, identify = Hub(), Identifier(office.db)
    here = positions.Positions(office.db, identify, hub)
    listeners, events, rooms = [], [], []
    for _ in range(many):
        room_id = (await (await office.visitor()).room())["_id"]
        rooms.append(room_id)
        listeners.append(_Listener())
        hub.add("stream-livechat-room", room_id, listeners[-1])  # type: ignore[arg-type] # a wire
        inquiry = await office.db.read(inquiry_of, room_id)
        assert inquiry is not None
        events.append(Event("queue:public", 1, "queue-position", {"_id": inquiry["_id"]}, ""))
    await identify("", "")
    before = office.db.statements
    running = asyncio.create_task(here.run())
    for event in events:
        here.hear(event)
    await until(lambda: all(one.heard for one in listeners))
    assert office.db.statements - before == 4
    assert [one.heard for one in listeners] == [
        [{"spot": spot} | SAID] for spot in range(1, many + 1)
    ]
    await here._tell("public")
    assert [len(one.heard) for one in listeners] == [2] * many
    # All who come back after a restart, one of them twice.
    before = office.db.statements
    for room_id in [*rooms[1:], rooms[-1]]:
        here.begins(room_id)
    await until(lambda: len(listeners[-1].heard) == 3)
    assert office.db.statements - before == 5
    assert [len(one.heard) for one in listeners] == [2] + [3] * (many - 1)
    assert listeners[-1].heard[-1] == {"spot": many} | SAID
    here.begins(rooms[0])
    await until(lambda: len(listeners[0].heard) == 3)
    await office.setting("Livechat_waiting_queue", False)
    await here._tell("public")
    assert [len(one.heard) for one in listeners] == [3] * many
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
