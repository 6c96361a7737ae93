"""Chats on hold: placed and resumed, counted for nobody, closed when nobody comes back."""

import asyncio
from typing import Any

from parley.conversations.queue.giving_out import give_out
from parley.jobs import Worker
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.conversations.test_priorities import history
from tests.conversations.test_queue import RETURN, events, one, seen, waits
from tests.office import Client, Json, Office, Visitor

HOLD, RESUME = "livechat/room.onHold", "livechat/room.resumeOnHold"
PLACED, RESUMED = "omnichannel_placed_chat_on_hold", "omnichannel_on_hold_chat_resumed"


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


async def chat(office: Office, agent: Client, **fields: Any) -> tuple[Visitor, str]:
    """A chat that the agent has answered."""
    visitor = await office.visitor(**fields)
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hello")
    await give_out(office.db, {})
    await answer(agent, room)
    return visitor, room


async def answer(agent: Client, room: str) -> None:
    await agent.post("chat.sendMessage", message={"rid": room, "msg": "One moment"})


async def refused(person: Client, path: str, **body: Any) -> tuple[int, str]:
    status, answer = await person.refused("POST", path, json=body)
    return status, answer["error"]


async def subscription(person: Client, room: str) -> Json:
    found: Json = (await person.get("subscriptions.getOne", roomId=room))["subscription"]
    return found


async def test_on_hold_and_back(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    _, rid = await chat(office, ann)
    await chat(office, ann)
    at = clock.wait(seconds=5)
    assert await ann.post(HOLD, roomId=rid) == {"success": True}
    room = await seen(office, rid)
    assert (room["onHold"], room["onHoldSince"], room["open"]) == (True, at, True)
    assert room["servedBy"]["username"] == "ann"
    assert (await subscription(ann, rid))["onHold"] is True
    assert (await one(ann, rid))["status"] == "taken"
    assert (await events(office, f"room:{rid}"))[-1] == ("room", rid)
    [said] = await history(office, rid, PLACED)
    assert (said["u"]["username"], said["comment"]) == ("ann", "Ann placed the chat on hold")
    listed = await office.admin.get("livechat/rooms", onhold="true")
    assert [each["_id"] for each in listed["rooms"]] == [rid]
    assert (await office.admin.get("livechat/rooms", open="true"))["total"] == 1
    past = await office.history(ann, rid, room["v"]["_id"])
    assert past["history"][0]["onHold"] is True
    assert await ann.post(RESUME, roomId=rid) == {"success": True}
    room = await seen(office, rid)
    assert ("onHold" in room, "onHoldSince" in room) == (False, False)
    assert "onHold" not in await subscription(ann, rid)
    assert (await history(office, rid, RESUMED))[0]["comment"] == "Ann resumed the chat"
    assert await broken(office) == {}


async def test_who_may_and_what_is_refused(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(online=False)
    manager = await office.agent("livechat-manager", online=False)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    early = "error-contact-sent-last-message-so-cannot-place-on-hold"
    assert await refused(ann, HOLD, roomId=rid) == (400, early)  # nobody has answered yet
    await answer(ann, rid)
    await visitor.say(rid, "and?")
    assert await refused(ann, HOLD, roomId=rid) == (400, early)
    await answer(ann, rid)
    assert await refused(ben, HOLD, roomId=rid) == (400, "error-not-allowed")
    assert await refused(ann, HOLD) == (
        400,
        "must have required property 'roomId' [invalid-params]",
    )
    assert await refused(ann, HOLD, roomId="none") == (400, "error-invalid-room")
    assert await refused(ann, RESUME, roomId=rid) == (400, "error-room-not-on-hold")
    await manager.post(HOLD, roomId=rid)
    assert await refused(ann, HOLD, roomId=rid) == (400, "error-room-is-already-on-hold")
    # Neither forwarded nor given back.
    forward = {"roomId": rid, "userId": ben.user_id}
    assert await refused(manager, "livechat/room.forward", **forward) == (400, "error-room-onHold")
    assert await refused(ann, RETURN, roomId=rid) == (400, "error-room-onHold")
    await manager.post(RESUME, roomId=rid)
    await office.grant("on-hold-others-livechat-room", "admin")
    assert await refused(manager, HOLD, roomId=rid) == (403, "unauthorized")
    await office.setting("Livechat_allow_manual_on_hold", False)
    assert await refused(ann, HOLD, roomId=rid) == (400, "error-cannot-place-chat-on-hold")
    await office.setting("Livechat_allow_manual_on_hold", True)
    await office.setting("Livechat_allow_manual_on_hold_upon_agent_engagement_only", False)
    await visitor.say(rid, "and now?")
    await ann.post(HOLD, roomId=rid)
    assert (await seen(office, rid))["onHold"] is True
    await visitor.close(rid)
    for path in (HOLD, RESUME):
        assert await refused(ann, path, roomId=rid) == (400, "room-closed")
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    _, rid = await waits(office)
    unserved = "error-unserved-rooms-cannot-be-placed-onhold"
    assert await refused(office.admin, HOLD, roomId=rid) == (400, unserved)


async def test_what_is_written_resumes_it(office: Office) -> None:
    ann = await office.agent(username="ann")
    visitor, rid = await chat(office, ann, name="Maria")
    await ann.post(HOLD, roomId=rid)
    await visitor.say(rid, "I am back")
    room = await seen(office, rid)
    assert ("onHold" in room, room["servedBy"]["username"]) == (False, "ann")
    assert "onHold" not in await subscription(ann, rid)
    [said] = await history(office, rid, RESUMED)
    assert said["comment"] == "Maria resumed the chat"
    assert said["token"] != visitor.token
    await answer(ann, rid)
    await ann.post(HOLD, roomId=rid)
    await answer(ann, rid)
    assert "onHold" not in await seen(office, rid)
    assert len(await history(office, rid, RESUMED)) == 2
    assert await broken(office) == {}


async def test_closing_ends_it(office: Office) -> None:
    ann = await office.agent()
    _, rid = await chat(office, ann)
    await ann.post(HOLD, roomId=rid)
    await ann.post("livechat/room.closeByUser", rid=rid, comment="bye")
    room = await seen(office, rid)
    assert ("onHold" in room, "open" in room) == (False, False)
    assert (await office.admin.get("livechat/rooms", onhold="true"))["total"] == 0


async def test_an_agent_has_room_meanwhile(office: Office) -> None:
    """Who waits is given out as soon as a chat goes on hold, and the limit holds when it comes
    back: then it is the visitor on hold who waits for somebody."""
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", 1)
    ann = await office.agent(username="ann")
    visitor, held = await chat(office, ann)
    _, next_one = await waits(office)
    await work(office)
    assert "servedBy" not in await seen(office, next_one)
    await ann.post(HOLD, roomId=held)
    await work(office)
    assert (await seen(office, next_one))["servedBy"]["username"] == "ann"
    # At her limit she cannot take it back, and what she writes there leaves it on hold.
    full = "error-max-number-simultaneous-chats-reached"
    assert await refused(ann, RESUME, roomId=held) == (400, full)
    await answer(ann, held)
    assert (await seen(office, held))["onHold"] is True
    await visitor.say(held, "I am back")
    assert (await seen(office, held))["onHold"] is True
    await work(office)
    room = await seen(office, held)
    assert ("servedBy" in room, "onHold" in room, room["usersCount"]) == (False, False, 1)
    assert (await one(office.admin, held))["status"] == "queued"
    told = await office.admin.get("livechat/routing.explain", roomId=held)
    assert told["decisions"][-2]["code"] == "resumed-without-agent"
    assert await subscription(ann, held) is None
    # Nobody is passed over: it comes back to her when there is room.
    await ann.post("livechat/room.closeByUser", rid=next_one, comment="bye")
    await work(office)
    assert (await seen(office, held))["servedBy"]["username"] == "ann"
    assert await broken(office) == {}


async def test_an_agent_who_is_gone(office: Office) -> None:
    """The visitor is not kept waiting for them: somebody else is found, or the queue."""
    ann = await office.agent(username="ann")
    visitor, rid = await chat(office, ann)
    _, again = await chat(office, ann)
    for room in (rid, again):
        await ann.post(HOLD, roomId=room)
    await ann.post("livechat/agent.status", status="not-available")
    await visitor.say(rid, "hello?")
    await visitor.say(rid, "anybody?")
    await work(office)
    assert "servedBy" not in await seen(office, rid)
    assert len(await history(office, rid, RESUMED)) == 1
    await office.agent(username="ben")
    await work(office)
    assert (await seen(office, rid))["servedBy"]["username"] == "ben"
    # She is not available, but it is she who writes.
    await answer(ann, again)
    assert "onHold" not in await seen(office, again)
    await ann.post(HOLD, roomId=again)
    await office.admin.post(RESUME, roomId=again)
    await work(office)
    assert (await seen(office, again))["servedBy"]["username"] == "ben"
    assert await broken(office) == {}


async def test_back_in_time(office: Office) -> None:
    """Between the visitor's message and the job the agent is there again."""
    ann = await office.agent(username="ann")
    visitor, rid = await chat(office, ann)
    await ann.post(HOLD, roomId=rid)
    await ann.post("livechat/agent.status", status="not-available")
    await visitor.say(rid, "hello?")
    await ann.post("livechat/agent.status", status="available")
    await work(office)
    room = await seen(office, rid)
    assert ("onHold" in room, room["servedBy"]["username"]) == (False, "ann")


async def test_the_clock_closes_what_is_on_hold_for_long(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    _, first = await chat(office, ann)
    _, second = await chat(office, ann)
    visitor, third = await chat(office, ann)
    for room in (first, third):
        await ann.post(HOLD, roomId=room)
    clock.wait(minutes=59)
    await visitor.say(third, "wait")
    await answer(ann, third)
    await ann.post(HOLD, roomId=third)
    clock.wait(seconds=59)
    await JOBS["abandoned"](office.db, {})

    async def closed() -> list[str]:
        found = [(await seen(office, room)).get("closedBy", {}) for room in (first, second, third)]
        return [by.get("username", "") for by in found]

    assert await closed() == ["", "", ""]
    clock.wait(seconds=1)
    await office.setting("Livechat_auto_close_on_hold_chats_timeout", 0)
    await JOBS["abandoned"](office.db, {})
    assert await closed() == ["", "", ""]
    await office.setting("Livechat_auto_close_on_hold_chats_timeout", 3600)
    await office.setting("Livechat_auto_close_on_hold_chats_custom_message", "Still there?")
    await asyncio.gather(*(JOBS["abandoned"](office.db, {}) for _ in range(3)))
    assert await closed() == ["ann", "", ""]
    assert [m["msg"] for m in await history(office, first, "livechat-close")] == ["Still there?"]
    clock.wait(minutes=59)
    await JOBS["abandoned"](office.db, {})
    assert await closed() == ["ann", "", "ann"]


async def test_abandoned_chats_go_on_hold(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_abandoned_rooms_action", "on-hold")
    await office.setting("Livechat_allow_manual_on_hold", False)  # the clock is not asked
    ann = await office.agent(username="ann")
    visitor, rid = await chat(office, ann)
    clock.wait(hours=1)
    await asyncio.gather(*(JOBS["abandoned"](office.db, {}) for _ in range(3)))
    assert (await seen(office, rid))["onHold"] is True
    [said] = await history(office, rid, PLACED)
    assert said["u"]["username"] == "rocket.cat"
    await visitor.say(rid, "sorry")
    assert "onHold" not in await seen(office, rid)
    assert await broken(office) == {}
