"""Canned responses are told to those who may use them, over both ways of listening."""

from collections.abc import Callable
from typing import Any

from tests.office import Client, Json, Office
from tests.realtime.listening import Listener
from tests.realtime.listening import live as events_of
from tests.realtime.live import Live

STREAM = "canned-responses"


def key_of(person: Client) -> str:
    return person.headers["X-Auth-Token"]


def text_of(shortcut: str, scope: str, **more: Any) -> Json:
    return {"shortcut": shortcut, "text": "t", "scope": scope, **more}


async def made(who: Client, shortcut: str, scope: str, **more: Any) -> str:
    await who.post(STREAM, **text_of(shortcut, scope, **more))
    found = await who.get(STREAM, shortcut=shortcut)
    return str(found["cannedResponses"][0]["_id"])


async def test_frames(live: Live, office: Office) -> None:
    anna, ben = await office.agent(), await office.agent()
    lead, guest = await office.agent("livechat-manager", online=False), await office.person()
    department = (await office.department(anna))["_id"]
    async with (
        live.client(key_of(anna)) as desk,
        live.client(key_of(ben)) as other,
        live.client(key_of(lead)) as boss,
        live.client(key_of(guest)) as stranger,
    ):
        for one in (desk, other, boss):
            assert await one.sub(STREAM, STREAM) == "ready"
        assert await stranger.sub(STREAM, STREAM) == "not-allowed"
        own = await made(anna, "own", "user")
        await desk.heard(STREAM, STREAM, is_of("changed", own))
        key = await made(lead, "one", "global")
        for ddp in (desk, other, boss):
            [said] = await ddp.heard(STREAM, STREAM, is_of("changed", key))
            stored = (await anna.get(f"{STREAM}/{key}"))["cannedResponse"]
            assert set(said) == {"type", *stored}
            assert (said["shortcut"], said["text"]) == ("one", "t")
            assert said["_createdAt"].keys() == said["_updatedAt"].keys() == {"$date"}
        moved = text_of("one", "department", departmentId=department, _id=key)
        await lead.post(STREAM, **moved)
        await other.heard(STREAM, STREAM, is_of("removed", key))
        for ddp in (desk, boss):
            await ddp.heard(STREAM, STREAM, lambda said: said.get("scope") == "department")
        await lead.delete(f"{STREAM}/{key}")
        for ddp in (desk, boss):
            await ddp.heard(STREAM, STREAM, is_of("removed", key))
        assert [said["_id"] for [said] in desk.events(STREAM, STREAM)] == [own, key, key, key]
        assert [said["_id"] for [said] in boss.events(STREAM, STREAM)] == [key, key, key]
        # Switched off, the stream ends with whatever happens next.
        await office.setting("Canned_Responses_Enable", False)
        await anna.post("users.setStatus", status="away")
        for ddp in (desk, boss):
            await ddp.find(lambda f: f.get("msg") == "nosub" and "error" in f)


def is_of(kind: str, key: str) -> Callable[[Json], bool]:
    return lambda said: (said["type"], said["_id"]) == (kind, key)


def told_of(listener: Listener, key: str) -> list[Json | None]:
    """What was told of one, null where it is not for them any more."""
    data = [frame.data for frame in listener.frames if frame.event == "event"]
    said = [each for each in data if each["kind"] == "canned-response"]
    return [each["cannedResponse"] for each in said if each["ids"]["_id"] == key]


async def test_events(office: Office) -> None:
    anna, ben = await office.agent(), await office.agent()
    lead = await office.agent("livechat-manager", online=False)
    department = (await office.department(anna))["_id"]
    own = await made(anna, "own", "user")
    async with events_of(office) as here:
        desk, other, boss = listeners = [here.listen(who) for who in (anna, ben, lead)]
        for listener in listeners:
            await listener.until(len)
        await anna.post(STREAM, **text_of("mine", "user", _id=own))
        one = await made(lead, "one", "global")
        await here.settled()
        moved = text_of("one", "department", departmentId=department, _id=one)
        await lead.post(STREAM, **moved)
        await here.settled()
        stored = (await anna.get(f"{STREAM}/{one}"))["cannedResponse"]
        assert told_of(desk, own) == [(await anna.get(f"{STREAM}/{own}"))["cannedResponse"]]
        assert told_of(other, own) == told_of(boss, own) == []
        # It is told to those whom it left, and to those whose it is.
        assert told_of(desk, one)[1:] == told_of(boss, one)[1:] == [stored, stored]
        assert [doc and doc["scope"] for doc in told_of(other, one)] == ["global", None]
        await lead.call("DELETE", STREAM, json={"_id": one})
        await here.settled()
        assert told_of(desk, one)[3:] == told_of(boss, one)[3:] == [None]
        assert len(told_of(other, one)) == 2
        # Whoever was away is told of it, too.
        missed = here.listen(anna, since=desk.cursor)
        again = await made(lead, "again", "global")
        await missed.until(lambda frames: told_of(missed, again))
        await office.grant("view-canned-responses", "admin")
        await lead.delete(f"{STREAM}/{again}")
        await here.settled()
        assert told_of(desk, again)[1:] == []
