"""GET livechat/events: what is told, to whom, and from where on."""

from typing import Any

import pytest

from parley.realtime import following, hub
from tests.office import Office
from tests.realtime.listening import Frame, live

Json = dict[str, Any]


def events(frames: list[Frame]) -> list[Json]:
    return [frame.data for frame in frames if frame.event == "event"]


def kinds(frames: list[Frame], stream: str) -> list[str]:
    return [told["kind"] for told in events(frames) if told["stream"] == stream]


def said_in(told: Json) -> str | None:
    message = told.get("message")
    return None if message is None else str(message["msg"])


def said(text: str) -> Any:
    return lambda frames: text in map(said_in, events(frames))


def told_of(count: int) -> Any:
    return lambda frames: len(events(frames)) == count


async def test_an_agent_and_the_visitor_see_what_is_said(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    room = await visitor.room()
    async with live(office) as here:
        person = here.listen(agent)
        guest = here.listen(office.nobody, token=visitor.token, rid=room["_id"])
        await person.until(len)
        await guest.until(len)
        assert [f.event for f in (person.frames[0], guest.frames[0])] == ["snapshot", "snapshot"]
        assert person.frames[0].data["rooms"] == [
            (await agent.get("rooms.info", roomId=room["_id"]))["room"]
        ]
        await visitor.say(room["_id"], "is anybody there?")
        await agent.post("chat.sendMessage", message={"rid": room["_id"], "msg": "I am"})
        for listener in (person, guest):
            await listener.until(said("I am"))
        told = events(guest.frames)
        assert [(t["message"]["msg"], t["number"]) for t in told] == [
            ("is anybody there?", told[0]["number"]),
            ("I am", told[0]["number"] + 1),
        ]
        text = str(guest.frames) + str(person.frames)
        assert visitor.token not in text
        assert told[0]["agent"]["_id"] == agent.user_id
        [mine] = [told for told in events(person.frames) if said_in(told) == "I am"]
        assert mine["subscription"]["u"]["_id"] == agent.user_id
        assert "subscription" not in told[0]
        # Another's room, and no room at all.
        other = await office.visitor()
        stranger = here.listen(office.nobody, token=other.token, rid=room["_id"])
        await stranger.end()
        assert stranger.status == 400


async def test_who_has_the_word_is_told(office: Office) -> None:
    """To whom gets it, with the room; to whom had it, who may see it no more; and to guests."""
    bot, ann = await office.agent("bot"), await office.agent()
    visitor = await office.visitor()
    query = {"token": visitor.token, "agentId": bot.user_id}
    rid = (await office.nobody.get("livechat/room", **query))["room"]["_id"]

    def passed(frames: list[Frame]) -> list[Json]:
        return [told for told in events(frames) if told["kind"] == "speaker"]

    async with live(office) as here:
        loses, gets = here.listen(bot), here.listen(ann)
        guest = here.listen(office.nobody, token=visitor.token, rid=rid)
        for listener in (loses, gets, guest):
            await listener.until(len)
        assert loses.frames[0].data["rooms"][0]["speaker"]["userId"] == bot.user_id
        await bot.post("livechat/room.handOver", roomId=rid)
        for listener in (loses, gets):
            await listener.until(passed)
        ids = {"rid": rid, "kind": "human", "number": 2, "userId": ann.user_id}
        assert passed(loses.frames)[0]["ids"] == passed(gets.frames)[0]["ids"] == ids
        assert passed(loses.frames)[0]["room"] is None
        assert passed(gets.frames)[0]["room"]["speaker"]["number"] == 2
        await guest.until(lambda frames: "room" in kinds(frames, f"room:{rid}"))
        assert events(guest.frames)[-1]["room"]["speaker"]["kind"] == "human"


async def test_who_may_listen(office: Office) -> None:
    person = await office.person()
    assert (await person.refused("GET", "livechat/events"))[0] == 403
    assert (await office.nobody.refused("GET", "livechat/events"))[0] == 401
    status, body = await office.nobody.refused("GET", "livechat/events?token=none&rid=none")
    assert (status, body["error"]) == (400, "invalid-token")
    agent = await office.agent()
    assert (await agent.refused("GET", "livechat/events"))[0] == 503  # nothing runs here


async def test_a_reader_who_comes_back_is_told_what_was_missed(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    room = await visitor.room()
    async with live(office) as here:
        first = here.listen(agent)
        await first.until(len)
        await visitor.say(room["_id"], "one")
        await first.until(said("one"))
        await first.leave()
        await visitor.say(room["_id"], "two")
        await visitor.say(room["_id"], "three")
        several = [here.listen(agent, since=first.cursor) for _ in range(2)]
        for again in several:
            await again.until(lambda frames: any(f.event == "view" for f in frames))
            assert [t["message"]["msg"] for t in events(again.frames)] == ["two", "three"]
            assert room["_id"] in again.frames[-1].data["rooms"]
        # From the middle of what was told at once.
        middle = here.listen(agent, since=several[0].frames[0].id, wait=0)
        await middle.end()
        assert [t["message"]["msg"] for t in events(middle.frames)] == ["three"]
        last = here.listen(agent, since=middle.cursor, wait=0)
        await last.end()
        assert events(last.frames) == []
        # Eight days old.
        epoch, at, *rest = last.cursor.split("~")
        old = "~".join([epoch, str(int(at) - 8 * 86400), *rest])
        listener = here.listen(agent, since=old, wait=0)
        await listener.end()
        assert [frame.event for frame in listener.frames] == ["snapshot"]


@pytest.mark.parametrize("since", ["x", "a~1~1", "~~~~~~~", "1~2~3~4~5~6~room:7", "~" * 50])
async def test_an_unknown_position_gets_a_snapshot(office: Office, since: str) -> None:
    agent = await office.agent()
    async with live(office) as here:
        listener = here.listen(agent, since=since, wait=0)
        await listener.end()
        assert [frame.event for frame in listener.frames] == ["snapshot"]


async def test_a_right_that_ends_ends_the_telling(office: Office) -> None:
    agent, rival = await office.agent(), await office.agent(online=False)
    visitor = await office.visitor()
    await office.grant("view-livechat-room-closed-by-another-agent", "admin")
    room = await visitor.room()
    async with live(office) as here:
        one = here.listen(agent)
        two = here.listen(rival)
        await one.until(len)
        await two.until(len)
        assert [len(each.frames[0].data["rooms"]) for each in (one, two)] == [1, 0]
        await office.grant("view-livechat-rooms", "admin", "livechat-agent")
        await two.until(lambda frames: len(frames) > 1)
        # More may be seen now: a snapshot says all of it, whether anything happens or not.
        assert two.frames[1].event == "snapshot"
        assert [one["_id"] for one in two.frames[1].data["rooms"]] == [room["_id"]]
        await visitor.say(room["_id"], "to all")
        await two.until(lambda frames: "to all" in str(frames))
        await office.grant("view-livechat-rooms", "admin")
        await two.until(lambda frames: frames[-1].event == "snapshot" and len(frames) > 2)
        assert two.frames[-1].data["rooms"] == []
        await visitor.say(room["_id"], "secret")
        await one.until(lambda frames: "secret" in str(frames))
        await office.grant("view-l-room", "admin")
        await two.end()
        assert two.frames[-1] == Frame("", "closing", {"reason": "forbidden"})
        assert "secret" not in str(two.frames)


async def test_a_deactivated_person_hears_no_more(office: Office) -> None:
    agent = await office.agent()
    async with live(office) as here:
        listener = here.listen(agent)
        await listener.until(len)
        await office.admin.post("users.setActiveStatus", userId=agent.user_id, activeStatus=False)
        await listener.end()
        assert listener.frames[-1].data == {"reason": "logged-out"}


async def test_what_changes_without_an_event_counts_soon(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.05)
    await office.agent()
    agent = await office.agent(online=False)
    await (await office.visitor()).room()
    async with live(office) as here:
        listener = here.listen(agent)
        await listener.until(len)
        await office.grant("view-livechat-rooms", "admin", "livechat-agent")
        await listener.until(lambda frames: len(frames) > 1)
        assert [len(frame.data["rooms"]) for frame in listener.frames[:2]] == [0, 1]
        await agent.post("logout")
        await listener.end()
        assert listener.frames[-1].data == {"reason": "logged-out"}


async def test_who_reads_too_slowly_is_sent_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parley.realtime.reader.MOST_WAITING", 20_000)
    agent, other = await office.agent(), await office.agent(online=False)
    visitor = await office.visitor()
    room = await visitor.room()
    await office.grant("view-livechat-rooms", "admin", "livechat-agent")
    async with live(office) as here:
        slow, quick = here.listen(agent), here.listen(other)
        await slow.until(len)
        slow.block()
        for n in range(20):
            await visitor.say(room["_id"], f"{n} " * 500)
            # One by one: who is told of several at once is soon too slow as well.
            await quick.until(told_of(n + 1))
        slow.unblock()
        await slow.end()
        assert slow.frames[-1].data == {"reason": "slow"}
        again = here.listen(agent, since=slow.cursor, wait=0)
        await again.end()
        numbers = [t["number"] for t in events(slow.frames) + events(again.frames)]
        assert numbers == [t["number"] for t in events(quick.frames)]


async def test_connections_of_one_person_are_bounded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    agent = await office.agent(online=False)
    async with live(office) as here:
        two = [here.listen(agent) for _ in range(2)]
        for listener in two:
            await listener.until(len)
        assert (await agent.get("me"))["statusConnection"] == "online"
        third = here.listen(agent)
        await third.end()
        assert third.status == 400
        await two[0].leave()
        again = here.listen(agent)
        await again.until(len)
        here.app.realtime.stop()
        for listener in (two[1], again):
            await listener.end()
            assert listener.frames[-1].data == {"reason": "stopping"}
        assert here.app.realtime.hub.connections == {}


async def test_typing_is_told_to_who_sees_the_room(office: Office) -> None:
    agent, rival = await office.agent(), await office.agent(online=False)
    visitor = await office.visitor()
    room = await visitor.room()
    async with live(office) as here:
        one, two = here.listen(agent), here.listen(rival)
        guest = here.listen(office.nobody, token=visitor.token, rid=room["_id"])
        for listener in (one, two, guest):
            await listener.until(len)
        who = {"_id": agent.user_id, "username": "a"}
        await here.app.realtime.typing.tell(room["_id"], who, True, session="of a socket")
        for listener in (one, guest):
            await listener.until(lambda frames: frames[-1].event == "signal")
            assert listener.frames[-1].id == ""
            assert listener.frames[-1].data["ids"] == who | {"typing": True}
        assert len(two.frames) == 1


async def test_the_open_time_is_no_latency(office: Office) -> None:
    agent = await office.agent()
    async with live(office) as here:
        listener = here.listen(agent)
        await listener.until(len)
        page = await here.app.metrics.page()
        text = bytes(page.body).decode()
        route = 'method="GET",route="/api/v1/livechat/events"'
        assert f'parley_http_requests_total{{{route},status="200"}} 1.0' in text
        assert "parley_http_requests_under_way 0.0" in text
