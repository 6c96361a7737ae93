"""Whatever the receiver does and whoever dies: each event arrives at least once, in order for its
room, with its id."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.db import open_database
from parley.db.migrate import known
from parley.integrations import courier as courier_module
from parley.integrations import store
from parley.integrations.courier import Courier, pause
from parley.integrations.receiver import receiver as receiver_of
from parley.integrations.receiver import send
from parley.jobs import lease
from parley.jobs.lease import LEASE_SECONDS
from parley.outgoing import networks
from parley.testmode import KNOWN_ADMIN
from parley.work import tidy
from tests.clock import Clock
from tests.faults.chats import Chat, connected, start_chats
from tests.integrations.crm import HANGS, Crm, Json, Sent, crm
from tests.office import Client, Office
from tests.server import Server

FAST = 1000
"""Milliseconds that a hanging receiver is waited for."""


@pytest.fixture
async def receiver() -> AsyncIterator[Crm]:
    async with crm() as told:
        yield told


async def set_up(admin: Client, receiver: Crm) -> None:
    for name, value in (
        ("Livechat_webhookUrl", receiver.url),
        ("Livechat_http_timeout", FAST),
        ("Livechat_webhook_on_visitor_message", True),
        ("Livechat_accept_chats_with_no_agents", True),
    ):
        await admin.post(f"settings/{name}", value=value)


async def chats(office: Office, amount: int) -> list[Chat]:
    visitors = [await office.visitor() for _ in range(amount)]
    return [Chat(visitor, (await visitor.room())["_id"]) for visitor in visitors]


def texts(sent: list[Sent], room: str = "") -> list[str]:
    """What messages said, in the order in which they came."""
    bodies = [one.json for one in sent]
    return [body["messages"][0]["msg"] for body in bodies if room in ("", body["_id"])]


async def deliveries(office: Office, **query: Any) -> list[Json]:
    found: list[Json] = (await office.admin.get("livechat/webhooks.deliveries", **query))[
        "deliveries"
    ]
    return found


async def test_a_receiver_that_hangs_and_fails_for_a_while_gets_all_in_order(
    office: Office, receiver: Crm, clock: Clock
) -> None:
    await set_up(office.admin, receiver)
    two = await chats(office, 2)
    moods = [HANGS, 500, 429, 503, 500]

    def status(sent: Sent) -> int:
        # The second room's events find no trouble, and wait for nobody.
        troubled = sent.json["_id"] == two[0].room
        return moods.pop(0) if troubled and moods else 200

    receiver.status = status
    for n in range(4):
        for chat in two:
            await chat.visitor.say(chat.room, f"{n}")
    courier = Courier(office.db)
    await courier.run_what_is_due()
    assert texts(receiver.taken) == ["0", "1", "2", "3"]
    assert texts(receiver.got, two[0].room) == ["0"]
    waits: list[float] = []
    while moods:
        [head, *_] = reversed(await deliveries(office, rid=two[0].room))
        assert head["state"] == "waiting"
        await courier.run_what_is_due()  # not before its time
        assert len(texts(receiver.got, two[0].room)) == len(waits) + 1
        waits.append(pause(len(waits)))
        clock.wait(seconds=waits[-1])
        await courier.run_what_is_due()
    await two[0].visitor.say(two[0].room, "4")
    clock.wait(seconds=pause(4))
    await courier.run_what_is_due()
    assert waits == [5, 10, 20, 40]
    assert texts(receiver.taken, two[0].room) == ["0", "1", "2", "3", "4"]
    tries = [one for one in receiver.got if one.json["_id"] == two[0].room]
    assert len({one.event for one in tries}) == 5
    assert {one.event for one in tries[:6]} == {tries[0].event}
    first = (await deliveries(office, rid=two[0].room))[-1]
    assert (first["_id"], first["state"], first["attempts"]) == (tries[0].event, "done", 6)
    said = [attempt.get("status") for attempt in first["log"]]
    assert said == [None, 500, 429, 503, 500, 200]
    assert first["log"][0]["error"] == "no answer in time"
    assert two[0].visitor.token not in str(await deliveries(office))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_is_refused_or_too_late_is_given_up_and_can_be_told_again(
    office: Office, receiver: Crm, clock: Clock
) -> None:
    await set_up(office.admin, receiver)
    await office.setting("Livechat_webhook_retry_hours", 1)
    [chat] = await chats(office, 1)
    began = clock.wait()
    courier = Courier(office.db)
    receiver.status = lambda sent: 404
    await chat.say("0")
    await courier.run_what_is_due()
    assert [(row["state"], row["attempts"]) for row in await deliveries(office)] == [("failed", 1)]
    receiver.status = lambda sent: 500
    await chat.say("1")
    for _ in range(60):
        clock.wait(seconds=300)
        await courier.run_what_is_due()
    late = (await deliveries(office, state="failed"))[0]
    assert late["attempts"] == len(texts(receiver.got)) - 1
    assert 10 < late["attempts"] < 14
    assert "nextAt" not in late

    receiver.status = lambda sent: 200
    receiver.got.clear()
    admin, path = office.admin, "livechat/webhooks.replay"
    assert (await admin.post(path, start=began, end=began))["replayed"] == 0
    end = clock.wait()
    assert await admin.post(path, start=began, end=end) == {
        "replayed": 2,
        "more": False,
        "success": True,
    }
    assert (await admin.post(path, start=began, end=end))["replayed"] == 0  # they wait already
    await courier.run_what_is_due()
    assert texts(receiver.taken) == ["text of 0", "text of 1"]
    assert receiver.got[1].event == late["_id"]
    assert (await admin.post(path, _id=late["_id"]))["replayed"] == 1
    await courier.run_what_is_due()
    assert [sent.event for sent in receiver.taken[1:]] == [late["_id"]] * 2
    audited = (await admin.get("audit.events", t="webhooks.replayed"))["events"]
    assert sorted(event["data"]["replayed"] for event in audited) == [0, 0, 1, 2]
    for wrong in ({}, {"_id": "x", "start": began}, {"start": began}):
        _, refused = await admin.refused("POST", path, json=wrong)
        assert refused["errorType"] == "error-invalid-params"
    _, refused = await admin.refused("POST", path, json={"start": "x", "end": "y"})
    assert refused["errorType"] == "error-invalid-date"
    # The log is not kept for ever; what waits is.
    await chat.say("2")
    clock.wait(days=store.KEEP_DAYS, seconds=1)
    await tidy(office.db, {})
    assert [row["state"] for row in await deliveries(office)] == ["waiting"]


async def test_only_the_first_of_a_room_is_looked_at(
    office: Office, receiver: Crm, engine: str
) -> None:
    """However many wait behind it; those of an older parley as well, which gave each a time."""
    await set_up(office.admin, receiver)
    two = await chats(office, 2)
    for n in range(3):
        for chat in two:
            await chat.visitor.say(chat.room, str(n))

    async def due(tx: Any) -> list[str]:
        sql = (
            "SELECT lane FROM webhook_events WHERE state = 'waiting' AND run_at < '9999' ORDER BY 1"
        )
        return [row[0] for row in await tx.rows(sql)]

    async def as_before(tx: Any) -> None:
        await tx.rows("UPDATE webhook_events SET run_at = at")

    async def migrate(tx: Any) -> None:
        [sql] = [each.sql for each in known(engine) if each.number == 26]
        await tx.rows(sql[sql.index("UPDATE") :].strip().removesuffix(";"))

    firsts = sorted(chat.room for chat in two)
    assert await office.db.read(due) == firsts
    await office.db.act(as_before)
    assert await office.db.read(due) == sorted(firsts * 3)
    await office.db.act(migrate)
    assert await office.db.read(due) == firsts
    receiver.status = lambda sent: 404  # given up: the next one's turn has come all the same
    await Courier(office.db).run_what_is_due()
    assert [texts(receiver.got, chat.room) for chat in two] == [["0", "1", "2"]] * 2
    # Told again, what is first goes first, and what comes meanwhile waits for it.
    receiver.got.clear()
    receiver.status = lambda sent: 200
    last = (await deliveries(office, rid=two[0].room))[0]
    first = (await deliveries(office, rid=two[0].room))[-1]
    for key in (last["_id"], first["_id"]):
        await office.admin.post("livechat/webhooks.replay", _id=key)
    await two[0].visitor.say(two[0].room, "3")
    assert await office.db.read(due) == [two[0].room]
    waiting = await deliveries(office, state="waiting")
    assert ["nextAt" in row for row in waiting] == [False, False, True]
    await Courier(office.db).run_what_is_due()
    assert texts(receiver.taken) == ["0", "2", "3"]


async def test_an_event_is_one_courier_s_until_it_dies(
    office: Office, receiver: Crm, clock: Clock
) -> None:
    await set_up(office.admin, receiver)
    [chat] = await chats(office, 1)
    await chat.say("0")
    await chat.say("1")
    [dead] = await office.db.act(store.take, 10)
    courier = Courier(office.db)
    await courier.run_what_is_due()
    assert receiver.got == []
    clock.wait(seconds=LEASE_SECONDS)
    await courier.run_what_is_due()
    assert texts(receiver.taken) == ["text of 0", "text of 1"]
    assert receiver.taken[0].event == dead.id
    # It was not dead but slow: what it says now no longer counts.
    assert not await office.db.act(store.renew, dead)
    await office.db.act(store.finish, dead, store.FAILED, {})
    await office.db.act(store.put_off, dead, 5, {})
    assert {row["state"] for row in await deliveries(office)} == {"done"}


async def test_a_slow_courier_that_lives_keeps_its_event(
    office: Office, receiver: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(office.admin, receiver)
    [chat] = await chats(office, 1)
    await chat.say("0")
    monkeypatch.setattr(lease, "RENEWED_EVERY_SECONDS", 0.01)
    renewed, go_on = asyncio.Event(), asyncio.Event()

    async def slow(to: Any, *sent: Any) -> Any:
        await go_on.wait()
        return await send(to, *sent)

    async def renew(tx: Any, event: store.Event) -> bool:
        renewed.set()
        return await store_renew(tx, event)

    store_renew = store.renew
    monkeypatch.setattr(store, "renew", renew)
    monkeypatch.setattr(courier_module, "send", slow)
    running = asyncio.create_task(Courier(office.db).run_what_is_due())
    for _ in range(3):
        for _ in range(2):  # the second began after the clock was put on
            renewed.clear()
            await asyncio.wait_for(renewed.wait(), 30)
        assert await office.db.act(store.take, 10) == []
        clock.wait(seconds=LEASE_SECONDS - 1)
    go_on.set()
    await running
    assert len(receiver.got) == 1
    assert {row["attempts"] for row in await deliveries(office)} == {1}


async def test_who_has_stood_still_sends_nothing_that_is_another_s(
    office: Office, receiver: Crm, clock: Clock
) -> None:
    await set_up(office.admin, receiver)
    [chat] = await chats(office, 1)
    await chat.say("0")
    [mine] = await office.db.act(store.take, 10)
    clock.wait(seconds=LEASE_SECONDS)
    assert await office.db.act(store.take, 10, but=[mine.id]) == []  # nor takes it from itself
    [_] = await office.db.act(store.take, 10)
    to = await office.db.read(receiver_of)
    long_ago = asyncio.get_running_loop().time() - LEASE_SECONDS
    await Courier(office.db)._attempt(mine, to, long_ago)
    assert receiver.got == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_an_event_that_cannot_be_told_is_put_off_and_seen(
    office: Office, receiver: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(office.admin, receiver)
    [chat] = await chats(office, 1)
    await chat.say("0")

    async def broken(*args: Any) -> None:
        raise KeyError("the visitor's secret")

    with monkeypatch.context() as patch:
        patch.setattr(courier_module, "body_of", broken)
        await Courier(office.db).run_what_is_due()
    [row] = await deliveries(office)
    assert (row["state"], row["log"][0]["error"]) == ("waiting", "our own trouble: KeyError")
    clock.wait(seconds=5)
    await Courier(office.db).run_what_is_due()
    assert texts(receiver.taken) == ["text of 0"]


async def test_several_processes_keep_the_order_of_each_room(
    office: Office, receiver: Crm, database_url: str, engine: str
) -> None:
    await set_up(office.admin, receiver)
    await office.setting("Livechat_http_timeout", 5000)
    rooms = await chats(office, 5)
    # Two processes may serve PostgreSQL; one file has one server, and two couriers here.
    other = await open_database(database_url) if engine == "postgres" else office.db
    couriers = [asyncio.create_task(Courier(db).run()) for db in (office.db, other)]
    try:
        for n in range(8):
            await asyncio.gather(*(chat.visitor.say(chat.room, str(n)) for chat in rooms))
        await asyncio.wait_for(receiver.until(40), 60)
    finally:
        for task in couriers:
            task.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)
        if other is not office.db:
            await other.close()
    for chat in rooms:
        assert texts(receiver.taken, chat.room) == [str(n) for n in range(8)]
    assert len({sent.event for sent in receiver.got}) == len(receiver.got) == 40


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_machines_beside_the_server_are_told_only_if_allowed(
    office: Office, receiver: Crm, clock: Clock
) -> None:
    await set_up(office.admin, receiver)

    async def out_of_test_mode(tx: Any) -> None:
        await tx.rows("DELETE FROM meta WHERE id = 'test-mode'")

    await office.db.act(out_of_test_mode)
    [chat] = await chats(office, 1)
    await chat.say("0")
    await Courier(office.db).run_what_is_due()
    [row] = await deliveries(office)
    assert row["log"][0]["error"] == "its address is of a private network"
    assert receiver.got == []
    await office.setting("Livechat_webhook_private_addresses", "127.0.0.1")
    assert (await office.db.read(receiver_of)).allowed == networks("127.0.0.1")
    clock.wait(seconds=5)
    await Courier(office.db).run_what_is_due()
    assert texts(receiver.taken) == ["text of 0"]


async def test_a_server_that_is_killed_tells_all_and_in_order(
    server: Server, receiver: Crm, database_url: str, clock: Clock
) -> None:
    server.start()
    held = asyncio.Event()

    def status(sent: Sent) -> int:
        if not held.is_set() and len(receiver.got) >= 5:
            held.set()
        return HANGS if held.is_set() else 200

    receiver.status = status
    async with connected(server) as http:
        rooms = await start_chats(http, 3)
        admin = await log_in(http)
        await set_up(admin, receiver)
        await admin.post("settings/Livechat_http_timeout", value=20000)
        for n in range(6):
            for chat in rooms:
                await chat.visitor.say(chat.room, str(n))
        await asyncio.wait_for(held.wait(), 60)
    server.kill()
    # Where another system is reached may be a secret of its own.
    assert receiver.url not in str(server.log)
    receiver.status = lambda sent: 200
    # What was under way is another's when its lease ends.
    clock.at = datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS)
    db = await open_database(database_url)
    await Courier(db).run_what_is_due()
    await db.close()
    for chat in rooms:
        assert [*dict.fromkeys(texts(receiver.got, chat.room))] == [str(n) for n in range(6)]
        assert texts(receiver.taken, chat.room) == sorted(texts(receiver.taken, chat.room))
    ids = {(sent.json["_id"], texts([sent])[0]): sent.event for sent in receiver.got}
    assert all(ids[sent.json["_id"], texts([sent])[0]] == sent.event for sent in receiver.got)
    assert len(ids) == 18


async def log_in(http: Any) -> Client:
    data = (await Client(http).post("login", user=KNOWN_ADMIN, password=KNOWN_ADMIN))["data"]
    return Client(http, {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})
