"""Rate limits (contract/core.md §1.6): who is counted, against what, and what he is told."""

from typing import Any

import httpx
import pytest

from parley.app import build_app
from parley.config import Config
from parley.web import limits
from parley.web.limits import Limiter
from parley.web.route import Call, Dialect, Route
from tests.clock import Clock
from tests.office import Client, Office
from tests.web.bare import Bare, Someone

PEER = "192.0.2.1"
"""The address that the limited application is called from."""


def limited(office: Office, peer: str = PEER, *, app: Any = None, proxy: str = "") -> Client:
    """Nobody, calling from this address an application with limits over the same database."""
    app = app or build_app(Config(trusted_proxy=proxy), office.db)
    transport = httpx.ASGITransport(app=app, client=(peer, 1), raise_app_exceptions=False)
    return Client(httpx.AsyncClient(transport=transport, base_url="http://limited"))


async def left(client: Client, path: str, method: str = "GET", **more: Any) -> int:
    """What is left in the caller's window after this call; -1 when it was refused."""
    answer = await client.call(method, path, **more)
    if answer.status_code == 429:
        return -1
    return int(answer.headers["x-ratelimit-remaining"])


async def test_ten_calls_a_minute_for_each_address_and_route(
    sqlite_office: Office, clock: Clock
) -> None:
    app = build_app(Config(), sqlite_office.db)
    client = limited(sqlite_office, app=app)
    # By pattern, not by path.
    assert [await left(client, f"livechat/visitor/t{n}") for n in range(10)] == [*range(9, -1, -1)]
    clock.wait(milliseconds=41_500)
    answer = await client.call("GET", "livechat/visitor/t")
    reset = int((clock.at.timestamp() + 18.5) * 1000)
    assert answer.status_code == 429
    assert answer.json() == {
        "success": False,
        "error": "Error, too many requests. Please slow down. You must wait 19 seconds before"
        " trying this endpoint again. [error-too-many-requests]",
    }
    told = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
    assert [int(answer.headers[name]) for name in told] == [10, 0, reset]
    assert answer.headers["content-type"] == "application/json"
    # HEAD is the same route; another route, method or address is counted apart.
    assert (await client.call("HEAD", "livechat/visitor/t")).status_code == 429
    assert await left(client, "login", "POST") == 9
    assert await left(limited(sqlite_office, "192.0.2.2", app=app), "livechat/visitor/t") == 9
    clock.wait(milliseconds=18_499)
    answer = await client.call("GET", "livechat/visitor/t")
    assert "wait 1 seconds" in answer.text
    # The window is fixed: refused calls have not moved its end.
    clock.wait(milliseconds=1)
    assert await left(client, "livechat/visitor/t") == 9


@pytest.mark.parametrize(
    ("method", "path", "calls"),
    [("POST", "livechat/visitor", 5), ("GET", "livechat/room", 5), ("POST", "login", 10)],
)
async def test_routes_with_a_limit_of_their_own(
    sqlite_office: Office, clock: Clock, method: str, path: str, calls: int
) -> None:
    client = limited(sqlite_office)
    counted = [await left(client, path, method) for _ in range(calls + 1)]
    assert counted == [*range(calls - 1, -1, -1), -1]


async def test_one_who_is_logged_in_is_counted_unless_exempt(sqlite_office: Office) -> None:
    agent = await sqlite_office.agent()
    client = limited(sqlite_office)
    for _ in range(12):
        answer = await client.call("GET", "me", headers=sqlite_office.admin.headers)
        assert answer.status_code == 200
        assert not any(name.startswith("x-ratelimit") for name in answer.headers)
    # The exempt have used nothing up.
    assert await left(client, "me", headers=agent.headers) == 9
    await sqlite_office.grant("api-bypass-rate-limit", "livechat-agent")
    answer = await client.call("GET", "me", headers=agent.headers)
    assert "x-ratelimit-limit" not in answer.headers


async def test_the_settings_decide_at_once(sqlite_office: Office, clock: Clock) -> None:
    client = limited(sqlite_office)
    await sqlite_office.setting("API_Enable_Rate_Limiter_Limit_Calls_Default", 2)
    await sqlite_office.setting("API_Enable_Rate_Limiter_Limit_Time_Default", 5000)
    assert [await left(client, "login", "POST") for _ in range(3)] == [1, 0, -1]
    clock.wait(seconds=5)
    assert await left(client, "login", "POST") == 1
    await sqlite_office.setting("API_Enable_Rate_Limiter", False)
    for _ in range(5):
        answer = await client.call("POST", "login")
        assert (answer.status_code, "x-ratelimit-limit" in answer.headers) == (401, False)


async def test_a_visitor_who_types_is_counted_by_token(sqlite_office: Office, clock: Clock) -> None:
    client = limited(sqlite_office)

    async def say(token: str) -> int:
        body = {"token": token, "rid": "r", "msg": "hi"}
        return await left(client, "livechat/message", "POST", json=body)

    async def read(token: str, room: str) -> int:
        return await left(client, f"livechat/messages.history/{room}", params={"token": token})

    assert [await say("anna") for _ in range(61)] == [*range(59, -1, -1), -1]
    assert [await say("bert"), await read("anna", "r"), await read("anna", "s")] == [59, 59, 58]
    # An address may do 20 times as much, refused calls included; then nobody behind it may.
    for n in range(20 * 60 - 62):
        assert await say(f"t{n}") == 59
    answer = await client.call("POST", "livechat/message", json={"token": "carl"})
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (429, "1200")
    assert await read("carl", "r") == 59
    clock.wait(minutes=1)
    assert await say("anna") == 59


@pytest.mark.parametrize("token", [None, "", 1, ["t"], {"a": "t"}])
async def test_without_a_token_a_visitor_is_counted_by_address(
    sqlite_office: Office, token: Any
) -> None:
    client = limited(sqlite_office)
    bodies: list[Any] = [{"token": token}, {}, {"msg": "x"}, [], "x"]
    counted = [await left(client, "livechat/message", "POST", json=body) for body in bodies]
    assert counted == [59, 58, 57, 56, 55]


FORGED = "203.0.113.9"
REAL = "198.51.100.7"


@pytest.mark.parametrize(
    ("proxy", "headers", "address"),
    [
        ("", {"x-real-ip": FORGED}, PEER),
        ("", {"x-forwarded-for": FORGED}, PEER),
        ("192.0.2.10", {"x-real-ip": FORGED, "x-forwarded-for": FORGED}, PEER),
        (PEER, {}, PEER),
        (PEER, {"x-real-ip": REAL}, REAL),
        (PEER, {"x-forwarded-for": REAL}, REAL),
        (PEER, {"x-forwarded-for": f"{FORGED}, {REAL}"}, REAL),
        (PEER, {"x-forwarded-for": f"{FORGED},10.0.0.1 ,  {REAL} "}, REAL),
        (PEER, {"x-forwarded-for": f"{FORGED}, "}, PEER),
        (PEER, {"x-real-ip": REAL, "x-forwarded-for": FORGED}, REAL),
        (PEER, {"x-forwarded-for": "9" * 10_000}, "9" * 64),
        (PEER, [("x-forwarded-for", FORGED), ("x-forwarded-for", REAL)], REAL),
    ],
)
async def test_whose_word_counts_for_the_address(
    sqlite_office: Office, proxy: str, headers: Any, address: str
) -> None:
    app = build_app(Config(trusted_proxy=proxy), sqlite_office.db)
    http = limited(sqlite_office, app=app).http
    answer = await http.get("/api/v1/livechat/visitor/t", headers=headers)
    assert answer.headers["x-ratelimit-remaining"] == "9"
    # Whoever has that address himself shares its window; nobody else does.
    for peer, remaining in ((address, 8), (FORGED, 9), ("192.0.2.77", 9)):
        assert await left(limited(sqlite_office, peer, app=app), "livechat/visitor/t") == remaining


async def handler(services: None, call: Call) -> dict[str, Any]:
    return {}


async def test_methods_and_patterns_are_counted_apart() -> None:
    asked = [("GET", "x"), ("POST", "x"), ("GET", "y")]
    routes = [Route(method, f"/api/v1/{path}", handler, Dialect.L) for method, path in asked]
    async with Bare(routes).client() as http:
        for remaining in ("9", "8"):
            for method, path in asked:
                answer = await http.request(method, path)
                assert answer.headers["x-ratelimit-remaining"] == remaining


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(limits, "MOST_WINDOWS", 100)
    anybody = Someone(None, {
        "API_Enable_Rate_Limiter": True,
        "API_Enable_Rate_Limiter_Limit_Calls_Default": 10,
        "API_Enable_Rate_Limiter_Limit_Time_Default": 60_000,
    })  # fmt: skip
    route = Route("GET", "/api/v1/x", handler, Dialect.L)
    limiter = Limiter(enabled=True)

    def left(address: str) -> bytes:
        return dict(limiter.check(route, anybody, address, None))[b"x-ratelimit-remaining"]

    assert left("first") == b"9"
    for n in range(98):
        left(str(n))
    clock.wait(seconds=30)
    assert [left("second"), left("first"), left("second")] == [b"9", b"8", b"8"]
    # Full, and all alive: the oldest are forgotten, a tenth at once; the young are not.
    assert left("third") == b"9"
    assert len(limiter._windows) == 91
    assert [left("first"), left("second")] == [b"9", b"7"]
    for n in range(5000):
        left(f"flood {n}")
        assert len(limiter._windows) <= 100
    # Full, and most are over: only those go.
    clock.wait(seconds=59)
    alive = [left(f"new {n}") for n in range(3)]
    clock.wait(seconds=1)
    for n in range(200):
        left(f"more {n % 90}")
    assert [alive, left("new 0"), len(limiter._windows)] == [[b"9"] * 3, b"8", 93]
