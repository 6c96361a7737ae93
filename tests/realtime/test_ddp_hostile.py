"""What nobody's client sends: bounded, answered or closed, and of no account to anybody else."""

import asyncio
import contextlib
import json
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from parley.realtime.ddp import connection, wire
from parley.realtime.ddp.methods import COUNTED, FREE
from parley.realtime.ddp.streams import EMPTY, STREAMS
from parley.web import sockets
from tests.office import Office
from tests.realtime.bytes_on_wire import BINARY, CLOSE, CONNECT, PING, SECONDS, frame, raw
from tests.realtime.live import Json, Live, until
from tests.realtime.test_ddp_conversation import mine
from tests.realtime.test_ddp_protocol import look_after_silence
from tests.server import Server

MEGABYTE = 1 << 20
LAST = "the last of all"


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Any:
    """Nothing was logged as an error, nor any traceback."""
    yield
    loud = [r for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info]
    assert not loud, [(r.getMessage(), r.exc_info) for r in loud]


texts = st.text(st.characters(), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
odd = st.recursive(
    scalars,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(texts, each, max_size=4),
    max_leaves=8,
)
keys = st.text(min_size=1, max_size=8) | st.just("x" * 256)


def like(real: Json) -> st.SearchStrategy[Any]:
    """What clients say, with any part of it of any other kind."""
    tokens = st.sampled_from([real["token"], real["other"], real["login"], ""])
    names = st.sampled_from([real["rid"], real["other_rid"], real["uid"], "__my_messages__"])
    suffixes = st.sampled_from(["", "/typing", "/user-activity", "/rooms-changed", "/x"])
    events = st.builds(str.__add__, names, suffixes) | odd
    extras = st.fixed_dictionaries({"token": tokens | odd, "visitorToken": tokens | odd})
    dates = st.fixed_dictionaries({"$date": st.integers() | odd})
    bodies = st.fixed_dictionaries(
        {},
        optional={
            "rid": events,
            "msg": odd,
            "_id": odd,
            "token": tokens | odd,
            "resume": odd,
            "user": odd,
            "password": odd,
            "totp": odd,
            "args": odd | st.lists(extras, max_size=2),
            "useCollection": odd,
            "added": odd | st.lists(names, max_size=3),
            "removed": odd,
            "since": odd,
        },
    )
    one = st.one_of(events, extras, dates, bodies, odd)
    params = st.one_of(st.lists(one, max_size=5), st.tuples(events, bodies).map(list), odd)
    methods = st.sampled_from(sorted((FREE.keys() | COUNTED.keys()) - {"logout"}))
    streams = st.sampled_from(sorted(STREAMS.keys() | EMPTY))
    good = st.one_of(
        st.fixed_dictionaries(
            {"msg": st.just("method"), "id": keys, "method": methods | keys, "params": params}
        ),
        st.fixed_dictionaries(
            {"msg": st.just("sub"), "id": keys, "name": streams | keys, "params": params}
        ),
        st.fixed_dictionaries({"msg": st.just("unsub"), "id": keys}),
    )
    bad = st.fixed_dictionaries(
        {"msg": st.sampled_from(["method", "sub", "unsub", "ping", "pong", "connect"]) | odd},
        optional={"id": odd, "name": odd, "method": odd, "params": odd, "version": odd},
    )
    # Most are good: a connection that is closed at once shows little.
    return st.integers(0, 19).flatmap(lambda n: bad if n == 0 else good)


async def test_whatever_is_sent_is_answered_or_closed(
    live: Live, office: Office, quiet: None
) -> None:
    """Drawn here and not by `@given`, whose examples would share the office's database."""
    agent, visitor, other = await office.agent(), await office.visitor(), await office.visitor()
    login = agent.headers["X-Auth-Token"]
    real = {"token": visitor.token, "other": other.token, "uid": agent.user_id, "login": login}
    real["rid"] = (await visitor.room())["_id"]
    real["other_rid"] = (await other.room())["_id"]
    examples: list[tuple[bool, list[Json]]] = []

    @settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.booleans(), st.lists(like(real), min_size=1, max_size=12))
    def draw(as_agent: bool, frames: list[Json]) -> None:
        examples.append((as_agent, frames))

    draw()
    async with live.client() as witness:
        assert await witness.sub("room-messages", real["rid"], mine(visitor.token)) == "ready"
        for as_agent, frames in examples:
            print("then", as_agent, frames)
            async with live.client(login if as_agent else "") as ddp:
                await _all_answered(ddp, frames)
        assert "result" in await witness.call("license:getModules")
        said = await visitor.say(real["rid"], "all the same")
        await witness.heard("room-messages", real["rid"], lambda m: m["_id"] == said["_id"])


async def _all_answered(ddp: Any, frames: list[Json]) -> None:
    start = len(ddp.frames)
    with contextlib.suppress(ConnectionClosed):
        for one in [*frames, {"msg": "method", "id": LAST, "method": "license:getModules"}]:
            await ddp.socket.send(json.dumps(one))
    try:
        await ddp.find(lambda f: f.get("id") == LAST, start)
    except AssertionError:
        assert ddp.code in (1000, 1002, 1007, 1008), ddp.code
        return
    answers = ddp.frames[start:]
    for one in frames:
        if one["msg"] == "method":
            assert any(f["msg"] == "result" and f["id"] == one["id"] for f in answers), one
            assert {"msg": "updated", "methods": [one["id"]]} in answers
        elif one["msg"] == "sub":
            ready = {"msg": "ready", "subs": [one["id"]]}
            refused = [f for f in answers if f.get("msg") == "nosub" and f["id"] == one["id"]]
            assert ready in answers or refused, one


async def test_large_ids_and_params_of_any_kind(
    sqlite_live: Live, sqlite_office: Office, quiet: None
) -> None:
    long = "x" * (MEGABYTE - 100)
    odd_params: list[Any] = [{"a": "dict"}, "text", 5, None, [[]] * 10_000, [{}] * 5, [long]]
    async with sqlite_live.client() as ddp:
        await ddp.send(msg="ping", id=long)
        await ddp.find(lambda f: f == {"msg": "pong", "id": long})
        await ddp.send(msg=long)
        await ddp.find(lambda f: f.get("msg") == "error")
        for params in odd_params:
            await ddp.send(msg="method", id="m", method="sendMessage", params=params)
            answer = await ddp.find(lambda f: f.get("msg") == "result", len(ddp.frames))
            assert answer["error"]["error"] == "error-invalid-user"
            await ddp.send(msg="sub", id="s", name="stream-notify-all", params=params)
            await ddp.find(lambda f: f.get("msg") in ("ready", "nosub"), len(ddp.frames))
        deep: Any = []
        for _ in range(90):
            deep = [deep]
        assert "error" in await ddp.call("login", deep)
        await ddp.send(msg="method", id=long, method="login", params=[])
        assert await ddp.closed() == 1002
    async with sqlite_live.client() as ddp:
        await ddp.send(msg="method", id="m", method="login", params=["\ud800"])
        assert await ddp.closed() == 1007


async def test_a_flood_of_methods_by_one_who_does_not_read(
    sqlite_live: Live, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server reads no further than it can answer; then the client is dropped, alone."""
    monkeypatch.setattr(wire, "PATIENCE", 0.3)
    hub = sqlite_live.app.realtime.ddp.hub
    async with raw(port_of(sqlite_live.url)) as client, sqlite_live.client() as other:
        await client.send(frame(CONNECT))
        call = {"msg": "method", "id": "f", "method": "public-settings/get", "params": []}
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(SECONDS):
                for _ in range(connection.BURST * 2):
                    await client.send(frame(json.dumps(call).encode()))
                    if len(hub.connections) == 1:
                        break
        await until(lambda: len(hub.connections) == 1)
        assert "result" in await other.call("license:getModules")


async def test_who_is_not_there_any_more_is_let_go(
    sqlite_live: Live, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that was cut without a word: nothing is read, nothing comes, no end is told."""
    monkeypatch.setattr(wire, "PATIENCE", 0.1)
    hub = sqlite_live.app.realtime.ddp.hub
    sub = {"msg": "sub", "id": "s", "name": "stream-notify-all", "params": ["news", False]}
    async with raw(port_of(sqlite_live.url)) as client:
        client.stop_reading()
        await client.send(frame(CONNECT) + frame(json.dumps(sub).encode()))
        await until(lambda: hub.heard("stream-notify-all", "news"))
        (connected,) = hub.connections
        transport = connected.wire._transport
        for _ in range(1000):
            await hub.publish("stream-notify-all", "news", json.dumps(["x" * 30_000]))
            if transport.get_write_buffer_size():
                break
        assert 0 < transport.get_write_buffer_size() < wire.MOST_UNREAD
        monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.3)
        look_after_silence(sqlite_live)
        await until(lambda: not sqlite_live.connections())


async def test_who_says_nothing_or_only_heads_is_let_go(
    sqlite_live: Live, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = port_of(sqlite_live.url)
    async with raw(port, handshake=b"") as wordy:
        with contextlib.suppress(ConnectionError):
            await wordy.send(b"GET / HTTP/1.1\r\n")
            for _ in range(10):
                await wordy.send(b"X-More: " + b"x" * 60_000 + b"\r\n")
        assert await wordy.closed() is None
    with monkeypatch.context() as sooner:
        sooner.setattr(sockets, "HEAD_SECONDS", 0.2)
        for start in (b"", b"GET /websocket HTTP/1.1\r\nHost: "):
            async with raw(port, handshake=b"") as mute:
                await mute.send(start)
                assert await mute.closed() is None
    async with sqlite_live.client() as ddp:
        assert "result" in await ddp.call("license:getModules")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_bytes_that_no_client_sends(server: Server) -> None:
    """To a server as it is run: no traceback in its log, and others are served."""
    port = port_of(server.start().url)
    broken: list[tuple[bytes, int | None]] = [
        (frame(b'{"msg":"\xff"}'), 1007),
        (frame(b'{"msg":"\xed\xa0\x80"}'), 1007),
        (frame(CONNECT) + frame(b"{}", BINARY), 1007),
        (frame(b"{}", masked=False), 1002),
        (frame(b"{}", 3), 1002),
        (frame(b"{}", first=0xC0), 1002),
        (frame(b"{}", 0), 1002),
        (frame(b"x" * 126, PING), 1002),
        (frame(b"\x00", CLOSE), 1002),
        (frame(b"x" * (MEGABYTE + 1)), 1009),
        (b"".join([frame(b"x" * MEGABYTE, first=0), frame(b"x" * MEGABYTE, 0)]), 1009),
        (b"\x81\xff" + b"\xff" * 8, 1009),
    ]
    async with Live(None, server.url).client() as other:
        for data, code in broken:
            async with raw(port) as client:
                with contextlib.suppress(ConnectionError):
                    await client.send(data)
                assert await client.closed() in (code, None if code == 1009 else code), data[:20]
        for handshake in (b"Sec-WebSocket-Version: 12\r\n", b"X-Odd: \xff\xfe\r\n", b""):
            async with raw(port, handshake=b"") as client:
                line = b"GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                await client.send(line + b"Connection: Upgrade\r\n" + handshake + b"\r\n")
                assert (await client.reader.read(12)).startswith(b"HTTP/1.1 4")
        # Pongs that nobody takes.
        async with raw(port) as client:
            await client.send(frame(CONNECT))
            sent = 0
            with pytest.raises(ConnectionError):
                while sent < 50 * MEGABYTE:
                    await client.send(frame(b"x" * 125, PING) * 500)
                    sent += 500 * 125
        # Many that never say a word, and go as they came.
        crowd = await asyncio.gather(
            *[asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        )
        for _, writer in crowd:
            writer.write(b"GET /websocket HTTP/1.1\r\n")
        assert "result" in await other.call("license:getModules")
        for _, writer in crowd:
            writer.transport.abort()
        assert "result" in await other.call("license:getModules")
    assert server.stop() == 0
    assert [entry for entry in server.log if "exc_info" in entry] == []
    assert [entry for entry in server.log if entry.get("levelname") == "ERROR"] == []
