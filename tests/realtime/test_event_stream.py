"""The events over a socket: a subscription with `since` misses nothing."""

from typing import Any

from tests.office import Office
from tests.realtime.live import Ddp, Live, until

Json = dict[str, Any]
STREAM = "livechat-events"


def told(ddp: Ddp, event: str) -> list[Json]:
    return [args[0] for args in ddp.events(STREAM, event)]


def texts(ddp: Ddp, event: str) -> list[str]:
    return [one["data"]["message"]["msg"] for one in told(ddp, event) if said(one)]


def said(one: Json) -> bool:
    return one["event"] == "event" and bool(one["data"].get("message"))


async def heard(ddp: Ddp, event: str, msg: str) -> Json:
    def wanted(one: Json) -> bool:
        return said(one) and one["data"]["message"]["msg"] == msg

    found: Json = (await ddp.heard(STREAM, event, wanted))[0]
    return found


async def test_who_comes_back_is_told_what_was_missed(live: Live, office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor(name="Ada", token="a-secret-token")
    rid = (await visitor.room())["_id"]
    mine, theirs = agent.user_id, {"token": visitor.token, "visitorToken": visitor.token}
    login = agent.headers["X-Auth-Token"]
    async with live.client(login) as desk, live.client() as widget:
        assert await desk.sub(STREAM, mine) == "ready"
        assert await widget.sub(STREAM, rid, theirs) == "ready"
        for ddp, event in ((desk, mine), (widget, rid)):
            assert (await ddp.heard(STREAM, event))[0]["event"] == "snapshot"
        await visitor.say(rid, "first")
        last = await heard(desk, mine, "first")
        seen = await heard(widget, rid, "first")
        assert isinstance(last["data"]["message"]["ts"], str)
        assert visitor.token not in str(desk.texts) + str(widget.texts)
        await desk.send(msg="unsub", id="s2")
        await desk.find(lambda f: f.get("msg") == "nosub" and f["id"] == "s2")
        await visitor.say(rid, "second")
        await heard(widget, rid, "second")
        assert texts(desk, mine) == ["first"]
    async with live.client(login) as desk, live.client() as widget:
        assert await desk.sub(STREAM, mine, {"since": last["id"]}) == "ready"
        assert await widget.sub(STREAM, rid, theirs | {"since": seen["id"]}) == "ready"
        for ddp, event in ((desk, mine), (widget, rid)):
            await heard(ddp, event, "second")
            await agent.post("chat.sendMessage", message={"rid": rid, "msg": f"to {event}"})
            await heard(ddp, event, f"to {event}")
            assert "snapshot" not in [one["event"] for one in told(ddp, event)]
        await heard(desk, mine, f"to {rid}")
        assert texts(desk, mine) == ["second", f"to {mine}", f"to {rid}"]
        assert await desk.sub(STREAM, mine, {"since": "of another database"}, key="anew") == (
            "already-subscribed"
        )


async def test_nobody_follows_what_is_not_theirs(sqlite_live: Live, sqlite_office: Office) -> None:
    office = sqlite_office
    agent, person = await office.agent(), await office.person()
    visitor, other = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    await other.room()
    async with sqlite_live.client(agent.headers["X-Auth-Token"]) as desk:
        assert await desk.sub(STREAM, person.user_id) == "not-allowed"
        assert await desk.sub(STREAM, rid) == "not-allowed"
        assert await desk.sub(STREAM, rid, {"token": other.token}) == "not-allowed"
        assert await desk.sub(STREAM, agent.user_id, {"since": 1}) == "invalid-since"
        assert await desk.sub(STREAM, agent.user_id, key="mine") == "ready"
        body = {"userId": agent.user_id, "activeStatus": False}
        await office.admin.post("users.setActiveStatus", **body)
        assert await desk.closed() == 1008
    async with sqlite_live.client(person.headers["X-Auth-Token"]) as plain:
        assert await plain.sub(STREAM, person.user_id) == "not-allowed"


async def test_the_bounds_are_those_of_the_api(sqlite_live: Live, sqlite_office: Office) -> None:
    agent = await sqlite_office.agent()
    login = agent.headers["X-Auth-Token"]
    sockets = [sqlite_live.client(login) for _ in range(11)]
    answers = []
    for socket in sockets:
        ddp = await socket.__aenter__()
        answers.append(await ddp.sub(STREAM, agent.user_id))
    assert answers == ["ready"] * 10 + ["error-too-many-connections"]
    for socket in sockets:
        await socket.__aexit__(None, None, None)
    # Whoever went has left their place, as soon as the server has noticed.
    await until(lambda: not sqlite_live.app.realtime.hub.connections)
    async with sqlite_live.client(login) as ddp:
        assert await ddp.sub(STREAM, agent.user_id) == "ready"
