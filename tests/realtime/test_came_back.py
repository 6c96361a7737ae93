"""A widget whose socket broke comes back without subscribing: what it hears then."""

from tests.office import Office
from tests.realtime.live import Live
from tests.realtime.test_ddp_conversation import mine

TYPING = "stream-notify-room"


async def test_a_widget_that_does_not_subscribe_again(live: Live, office: Office) -> None:
    await office.setting("Hide_System_Messages", ["uj"])
    agent = await office.agent(username="agent1")
    visitor = await office.visitor(name="Ada", token="the-secret-of-who-came-back")
    stranger = await office.visitor()
    rid = (await visitor.room())["_id"]
    for number in range(60):
        await agent.post("chat.sendMessage", message={"rid": rid, "msg": f"missed {number}"})
    event, token = f"{rid}/typing", {"token": visitor.token}
    async with live.client() as widget, live.client() as other, live.client() as subscribed:
        assert await subscribed.sub("notify-room", event, mine(visitor.token)) == "ready"
        await subscribed.call(TYPING, event, "guest-2", True, token)
        for wrong in (stranger.token, "nobody's", "", "\0"):
            await other.call(TYPING, event, "guest-2", True, {"token": wrong})
        await other.call(TYPING, f"{rid}/deleteMessage", "guest-2", True, token)

        assert "error" not in await widget.call(TYPING, event, "guest-2", True, token)
        told = [m for (m,) in widget.events("room-messages", rid)]
        assert [m["msg"] for m in told] == [f"missed {number}" for number in range(10, 60)]
        assert set(told[0]["ts"]) == {"$date"}
        await widget.call(TYPING, event, "guest-2", True, token)
        assert len(widget.events("room-messages", rid)) == 50

        said = await agent.post("chat.sendMessage", message={"rid": rid, "msg": "still there?"})
        await widget.heard("room-messages", rid, lambda m: m["msg"] == "still there?")
        await office.admin.post("chat.delete", roomId=rid, msgId=said["message"]["_id"])
        gone = [{"_id": said["message"]["_id"]}]
        assert await widget.heard("notify-room", f"{rid}/deleteMessage") == gone
        await agent.post("users.setStatus", status="away")
        await widget.heard("livechat-room", rid, lambda d: d["type"] == "agentStatus")
        async with live.client(agent.headers["X-Auth-Token"]) as desk:
            await desk.call(TYPING, event, "agent1", True, {})
            await widget.heard("notify-room", event, lambda name, types: name == "agent1")
            # A person's connection is not a visitor's, whatever token it shows.
            await desk.call(TYPING, event, "guest-2", True, token)
            await desk.settled()
            assert not desk.events("room-messages", rid)
        for ddp in (other, subscribed):
            await ddp.settled()
            assert not ddp.events("room-messages", rid)
        assert not [text for text in widget.texts if visitor.token in text]


async def test_of_a_closed_room_its_end_is_told(live: Live, office: Office) -> None:
    await office.setting("Livechat_enable_transcript", False)
    agent, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    await agent.post("livechat/room.closeByUser", rid=rid, comment="solved")
    async with live.client() as widget:
        await widget.call(TYPING, f"{rid}/typing", "guest-2", True, {"token": visitor.token})
        (last,) = widget.events("room-messages", rid)[-1]
        assert (last["t"], last["msg"]) == ("livechat-close", "solved")


async def test_who_came_back_is_held_to_the_bounds(
    sqlite_live: Live, sqlite_office: Office
) -> None:
    agent, visitor = await sqlite_office.agent(), await sqlite_office.visitor()
    rid = (await visitor.room())["_id"]
    async with sqlite_live.client() as widget:
        for number in range(999):
            params = [f"{number}/x", False]
            await widget.send(msg="sub", id=str(number), name="stream-notify-all", params=params)
        await widget.settled()
        await widget.find(lambda f: f.get("subs") == ["998"])
        await widget.call(TYPING, f"{rid}/typing", "guest-2", True, {"token": visitor.token})
        # One place was left, and it is taken by the messages.
        assert await widget.sub("notify-all", "more") == "too-many-subscriptions"
        assert widget.events("room-messages", rid)
        await agent.post("chat.sendMessage", message={"rid": rid, "msg": "hello"})
        await widget.heard("room-messages", rid, lambda m: m["msg"] == "hello")
