"""Who is connected is present; a status that was chosen holds; nobody stays when a process dies."""

import asyncio
from collections.abc import Iterator

import pytest

from parley.db import Database
from parley.events import Event
from parley.realtime import presence as module
from parley.realtime import typing
from parley.realtime.feed import Feed
from parley.realtime.presence import Presence
from parley.realtime.typing import Typing
from tests.clock import Clock
from tests.office import Client, Office


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0)


async def statuses(person: Client) -> tuple[str, str]:
    me = await person.get("me")
    return me.get("statusConnection", "offline"), me["status"]


async def left(presence: Presence) -> None:
    await asyncio.gather(*presence._leaving)


async def test_status_follows_the_connections_of_who_chose_none(office: Office) -> None:
    agent = await office.agent(online=False)
    here, there = Presence(office.db), Presence(office.db)
    first = await here.connected(agent.user_id)
    second = await here.connected(agent.user_id)
    third = await there.connected(agent.user_id)
    assert await statuses(agent) == ("online", "online")
    first.gone()
    second.gone()
    second.gone()
    await left(here)
    assert await statuses(agent) == ("online", "online")
    await third.turn("away")
    assert await statuses(agent) == ("away", "away")
    third.gone()
    await left(there)
    assert await statuses(agent) == ("offline", "offline")


@pytest.mark.parametrize("chosen", ["busy", "offline", "online"])
async def test_a_chosen_status_holds(office: Office, chosen: str) -> None:
    agent = await office.agent(online=False)
    presence = Presence(office.db)
    await agent.post("users.setStatus", status=chosen)
    connection = await presence.connected(agent.user_id)
    assert await statuses(agent) == ("online", chosen)
    connection.gone()
    await left(presence)
    assert await statuses(agent) == ("offline", chosen)


async def test_a_logout_ends_what_was_chosen(office: Office) -> None:
    agent = await office.agent(online=False)
    for status in ("busy", "offline"):
        await agent.post("users.setStatus", status=status)
        again = await office.login((await agent.get("me"))["username"], agent.password)
        await again.post("logout")
        presence = Presence(office.db)
        connection = await presence.connected(agent.user_id)
        assert await statuses(agent) == ("online", "online")
        assert (await agent.get("me"))["statusLivechat"] == "available"
        connection.gone()
        await left(presence)
        assert await statuses(agent) == ("offline", "offline")


async def test_nobody_stays_when_a_process_dies(office: Office, clock: Clock) -> None:
    agent = await office.agent(online=False)
    dead, alive = Presence(office.db), Presence(office.db)
    await dead.connected(agent.user_id)
    clock.wait(seconds=module.LEASE_SECONDS - 1)
    await alive.look_after()
    assert await statuses(agent) == ("online", "online")
    clock.wait(seconds=2)
    await alive.look_after()
    assert await statuses(agent) == ("offline", "offline")
    # It was not dead: the machine slept.
    await dead.look_after()
    assert await statuses(agent) == ("online", "online")


@pytest.fixture
def soon_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(typing, "OVER_AFTER_SECONDS", 0.05)
    yield


async def test_a_typing_that_is_not_renewed_is_over(db: Database, soon_over: None) -> None:
    feed = Feed(db)
    told: list[Event] = []
    over = asyncio.Event()

    def hear(event: Event) -> None:
        told.append(event)
        if not event.doc["typing"]:
            over.set()

    Typing(feed)
    feed.listen("room:r", hear)
    # As it arrives from a process that dies at once.
    feed._hear('{"stream":"room:r","kind":"typing","doc":{"_id":"v","typing":true}}')
    await asyncio.wait_for(over.wait(), 60)
    assert [(event.number, event.doc) for event in told] == [
        (0, {"_id": "v", "typing": True}),
        (0, {"_id": "v", "typing": False}),
    ]
