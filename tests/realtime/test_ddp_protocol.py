"""The protocol: handshake, heartbeat, order, logins, and what ends a connection."""

import asyncio
import contextlib
import hashlib
import json
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from parley.realtime.ddp import connection
from parley.realtime.ddp.connection import Connection
from tests.office import Office
from tests.realtime.live import Live

CONNECT = {"msg": "connect", "version": "1", "support": ["1"]}


def _offended(odd: Any, frame: Any) -> bool:
    return bool(frame.get("offendingMessage") == odd)


async def test_the_handshake_and_what_is_answered_to_odd_frames(sqlite_live: Live) -> None:
    async with sqlite_live.raw() as ddp:
        await ddp.send(**CONNECT)
        first = await ddp.find(lambda f: f.get("msg") == "connected")
        assert ddp.frames == [{"server_id": "0"}, {"msg": "connected", "session": first["session"]}]
        await ddp.send(msg="ping", id="one")
        await ddp.find(lambda f: f == {"msg": "pong", "id": "one"})
        await ddp.send(msg="ping")
        await ddp.find(lambda f: f == {"msg": "pong"})
        await ddp.send(msg="pong")
        for odd in (CONNECT, {"msg": "nonsense"}, {"no": "msg"}):
            await ddp.send(**odd)
            answer = await ddp.find(partial(_offended, odd))
            assert (answer["msg"], bool(answer["reason"])) == ("error", True)
        answer = await ddp.call("no.such.method")
        assert answer["error"] == {
            "isClientSafe": True,
            "error": 404,
            "reason": "Method 'no.such.method' not found",
            "message": "Method 'no.such.method' not found [404]",
            "errorType": "Meteor.Error",
        }
        await ddp.find(lambda f: f == {"msg": "updated", "methods": [answer["id"]]})


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("{", 1007),
        ("[1]", 1007),
        ("[" * 100_000, 1007),
        (b"\x00\x01", 1007),
        ('{"msg":"method","id":"1","method":"login"}', 1002),
        ('{"msg":"connect","version":"2"}', 1000),
        ("x" * 10_000_000, 1009),
    ],
    ids=["no JSON", "no object", "deep", "binary", "no connect", "version", "10 MB"],
)
async def test_what_closes_at_once(sqlite_live: Live, sent: Any, code: int) -> None:
    async with sqlite_live.raw() as ddp, sqlite_live.client() as other:
        with contextlib.suppress(ConnectionClosed):  # while it was still sending
            await ddp.socket.send(sent)
        # Whoever is still sending may be told so by the end of the line alone.
        assert await ddp.closed() in ((1009, 1006) if code == 1009 else (code,))
        assert "result" in await other.call("license:getModules")
    failed = {"msg": "failed", "version": "1"}
    assert (failed in ddp.frames) == (code == 1000)


@pytest.mark.parametrize(
    "frame",
    [
        {"msg": "method", "method": "login"},
        {"msg": "method", "id": "1"},
        {"msg": "method", "id": 1, "method": "login"},
        {"msg": "sub", "id": "1"},
        {"msg": "sub", "id": "x" * 300, "name": "userData"},
        {"msg": "unsub"},
    ],
)
async def test_a_frame_that_nobody_could_answer_closes(sqlite_live: Live, frame: Any) -> None:
    async with sqlite_live.client() as ddp:
        await ddp.send(**frame)
        assert await ddp.closed() == 1002


async def test_frames_sent_at_once_are_done_in_order(live: Live, office: Office) -> None:
    """As rocketchat-async does: it logs in before it was told that it is connected."""
    agent = await office.agent(username="early")
    digest = hashlib.sha256(agent.password.encode()).hexdigest()
    login = {"user": {"username": "early"}, "password": {"digest": digest, "algorithm": "sha-256"}}
    event = f"{agent.user_id}/rooms-changed"
    async with live.raw() as ddp:
        await ddp.send(**CONNECT)
        await ddp.send(msg="method", id="l", method="login", params=[login])
        await ddp.send(msg="sub", id="s", name="stream-notify-user", params=[event, False])
        await ddp.send(msg="method", id="r", method="rooms/get", params=[])
        await ddp.send(msg="unsub", id="s")
        await ddp.send(msg="unsub", id="never")
        await ddp.find(lambda f: f.get("msg") == "nosub")
        said = [(f["msg"], f.get("id")) for f in ddp.frames[1:] if f["msg"] != "updated"]
        assert said == [
            ("connected", None),
            ("added", agent.user_id),
            ("result", "l"),
            ("ready", None),
            ("result", "r"),
            ("nosub", "s"),
        ]
        assert ddp.frames[-1] == {"msg": "nosub", "id": "s"}


async def test_logins(live: Live, office: Office) -> None:
    agent = await office.agent(username="ada", online=False)
    digest = hashlib.sha256(agent.password.encode()).hexdigest()
    hashed = {"digest": digest, "algorithm": "sha-256"}
    async with live.client() as ddp:
        logins: list[Any] = [
            {"user": {"username": "ada"}, "password": hashed},
            {"user": {"email": "ADA@office.example"}, "password": agent.password},
            {"resume": agent.headers["X-Auth-Token"]},
            {"totp": {"login": {"user": {"username": "ada"}, "password": hashed}, "code": ""}},
        ]
        for body in logins:
            result = (await ddp.call("login", body))["result"]
            assert result["id"] == agent.user_id
            assert isinstance(result["tokenExpires"]["$date"], int)
            assert result["type"] == ("resume" if "resume" in body else "password")
            office_of = {"X-Auth-Token": result["token"], "X-User-Id": result["id"]}
            me = (await office.nobody.call("GET", "me", headers=office_of)).json()
            assert me["username"] == "ada"
        added = await ddp.find(lambda f: f.get("msg") == "added")
        assert added["collection"] == "users"
        assert (added["fields"]["username"], added["fields"]["status"]) == ("ada", "online")
        refused: list[tuple[Any, str]] = [
            ({"resume": "x" * 43}, "You've been logged out by the server. Please log in again."),
            ({"user": {"username": "ada"}, "password": "wrong"}, "User not found"),
            ({"user": {"username": "nobody"}, "password": "wrong"}, "User not found"),
            ({"user": {"id": "x"}}, "User not found"),
            ("nonsense", "User not found"),
        ]
        for body, reason in refused:
            error = (await ddp.call("login", body))["error"]
            assert (error["error"], error["reason"]) == (403, reason)
        token = (await ddp.call("login", {"user": {"username": "ada"}, "password": hashed}))[
            "result"
        ]
        assert "error" not in await ddp.call("logout")
        assert await ddp.closed() == 1000
    async with live.client() as again:
        assert (await again.call("login", {"resume": token["token"]}))["error"]["error"] == 403


async def test_guessing_is_limited_here_as_well(live: Live, office: Office) -> None:
    await office.agent(username="ada")
    async with live.client() as ddp:
        wrong = {"user": {"username": "ada"}, "password": "wrong"}
        errors = [(await ddp.call("login", wrong))["error"]["error"] for _ in range(11)]
    assert errors == [403] * 10 + ["error-login-blocked-for-user"]


def look_after_silence(live: Live) -> None:
    """As if nobody had said anything for as long as is waited for."""
    for each in live.app.realtime.ddp.hub.connections:
        assert isinstance(each, Connection)
        each._heard_at -= connection.SILENCE_SECONDS
        each._timer.cancel()
        each._look()


async def test_a_client_that_is_silent_is_asked_and_given_up(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.05)
    async with sqlite_live.client() as ddp:
        look_after_silence(sqlite_live)
        await ddp.find(lambda f: f == {"msg": "ping"})
        assert await ddp.closed() == 4000
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.05)
    async with sqlite_live.raw() as ddp:
        assert await ddp.closed() == 1002


async def test_a_server_that_was_held_up_asks_once_more(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not read what its clients said meanwhile: all of them would be given up at once."""
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.05)
    monkeypatch.setattr(connection, "LATE_SECONDS", -1.0)  # every look is late
    async with sqlite_live.raw() as unmet, sqlite_live.client() as ddp:
        known = 0
        for _ in range(3):
            await ddp.find(lambda f: f == {"msg": "ping"}, known)
            known = len(ddp.frames)
        monkeypatch.setattr(connection, "LATE_SECONDS", 60.0)
        assert await ddp.closed() == 4000
        assert await unmet.closed() == 1002


async def test_a_flood_ends_its_own_connection_only(sqlite_live: Live) -> None:
    async with sqlite_live.client() as other, sqlite_live.client() as ddp:
        text = json.dumps({"msg": "ping", "id": "x"})
        with contextlib.suppress(ConnectionClosed):  # while it was still sending
            for _ in range(connection.BURST * 3):
                await ddp.socket.send(text)
        assert await ddp.closed() == 1008
        assert "result" in await other.call("license:getModules")


async def test_a_method_with_what_cannot_be_stored_is_refused(sqlite_live: Live) -> None:
    async with sqlite_live.client() as ddp:
        answer = await ddp.call("sendMessageLivechat", {"token": "a\0b", "rid": "r", "msg": "m"})
        assert answer["error"]["error"] == 400
        assert await ddp.sub("room-messages", "a\0b") == "400"


@pytest.mark.parametrize("how", [True, {"useCollection": True, "args": []}])
async def test_a_client_that_keeps_collections_has_a_document(sqlite_live: Live, how: Any) -> None:
    async with sqlite_live.client() as ddp:
        for key, given in (("plain", False), ("kept", how)):
            await ddp.send(msg="sub", id=key, name="stream-notify-all", params=["news", given])
        await ddp.find(lambda f: f == {"msg": "ready", "subs": ["kept"]})
        assert ddp.frames[2:] == [
            {"msg": "ready", "subs": ["plain"]},
            {
                "msg": "added",
                "collection": "stream-notify-all",
                "id": "id",
                "fields": {"eventName": "news"},
            },
            {"msg": "ready", "subs": ["kept"]},
        ]


async def test_clients_are_told_that_the_server_stops(sqlite_live: Live) -> None:
    async with sqlite_live.client() as one, sqlite_live.raw() as two:
        sqlite_live.stop()
        assert [await one.closed(), await two.closed()] == [1001, 1001]


async def test_a_reader_who_is_too_slow_is_dropped(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets what waited for it, and behind it the code; nobody else notices."""
    monkeypatch.setattr("parley.realtime.ddp.wire.MOST_UNREAD", 100_000)
    hub = sqlite_live.app.realtime.ddp.hub
    async with sqlite_live.client() as slow, sqlite_live.client() as other:
        for ddp in (slow, other):
            assert await ddp.sub("notify-all", "news") == "ready"
        slow.socket.transport.pause_reading()
        args = json.dumps(["x" * 50_000])
        sent = 0
        while len(hub.connections) == 2:
            await hub.publish("stream-notify-all", "news", args)
            sent += 1
            await other.heard("notify-all", "news")
            await asyncio.sleep(0)
            assert sent < 1000, "what waits for a slow reader grows without end"
        slow.socket.transport.resume_reading()
        assert await slow.closed() == 1013
        assert 0 < len(slow.events("notify-all", "news")) < sent
        await hub.publish("stream-notify-all", "news", '["last"]')
        await other.heard("notify-all", "news", lambda said: said == "last")
        assert len(other.events("notify-all", "news")) == sent + 1


async def test_a_client_that_answers_pings_stays(sqlite_live: Live) -> None:
    async with sqlite_live.client() as ddp:
        known = 0
        for _ in range(6):
            look_after_silence(sqlite_live)
            await ddp.find(lambda f: f == {"msg": "ping"}, known)
            known = len(ddp.frames)
            await ddp.send(msg="pong")
            await ddp.settled()
        assert "result" in await ddp.call("license:getModules")
