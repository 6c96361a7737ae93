"""Every envelope of contract/core.md §1.3 that exists, its headers, and what is not there."""

import asyncio
import io
import json
import logging
from typing import Any

import pytest

from parley.db import Database
from parley.errors import (
    Coded,
    Failed,
    Forbidden,
    LoginRefused,
    NotFound,
    Refused,
    Typed,
    Unavailable,
)
from parley.logs import formatter
from parley.web.route import LOGIN, Call, Dialect, Route
from tests.office import Office
from tests.web.bare import Bare, person

SECRET = "s3cret-of-a-visitor"
FAILED: dict[str, Any] = {"success": False}
UNAUTHORIZED = {"status": "error", "message": "Unauthorized"}
DOWN = "The database is not available at the moment [error-service-unavailable]"
THROWN: list[tuple[Exception, int, dict[str, Any]]] = [
    (Refused("invalid-room"), 400, {"error": "invalid-room"}),
    (Failed(), 400, {}),
    (Coded("invalid-token"), 400, {"error": "[invalid-token]", "errorType": "invalid-token"}),
    (
        Coded("error-x", "No such thing", {"method": "m"}),
        400,
        {"error": "No such thing [error-x]", "errorType": "error-x", "details": {"method": "m"}},
    ),
    (Coded("unauthorized", "Not you"), 403, {"error": "Not you [unauthorized]"}),
    (Coded("error-unauthorized", "No", {"a": 1}), 403, {"error": "No [error-unauthorized]"}),
    (
        Typed("not-allowed", "Not Allowed"),
        400,
        {"error": "not-allowed", "errorType": "Not Allowed"},
    ),
    (Forbidden(), 403, {"error": "unauthorized"}),
    (Forbidden("other"), 403, {"error": "other"}),
    (NotFound(), 404, {"error": "Resource not found"}),
    (LoginRefused(), 401, {"error": "Unauthorized", **UNAUTHORIZED}),
    (Unavailable(SECRET), 503, {"error": DOWN, "errorType": "error-service-unavailable"}),
    (ValueError(SECRET), 500, {"error": "Internal server error"}),
    # What a driver raises is no sign that the client has gone.
    (ConnectionResetError(), 500, {"error": "Internal server error"}),
    (RecursionError(), 500, {"error": "Internal server error"}),
]


def answering(outcome: Any) -> Bare:
    """One route, open to all, which returns or raises this."""

    async def handler(services: None, call: Call) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    routes = [
        Route(method, "/api/v1/x", handler, Dialect.L, permissions)
        for method, permissions in (("GET", None), ("POST", LOGIN))
    ]
    return Bare(routes, limited=False)


@pytest.mark.parametrize(("error", "status", "body"), THROWN, ids=lambda value: repr(value)[:40])
async def test_what_is_raised_is_answered(
    error: Exception, status: int, body: dict[str, Any]
) -> None:
    async with answering(error).client() as http:
        answer = await http.get("x")
    assert (answer.status_code, answer.json()) == (status, FAILED | body)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({}, '{"success":true}'),
        ({"b": 1, "a": None}, '{"b":1,"a":null,"success":true}'),
        ([{"a": "é"}], '[{"a":"é"}]'),
    ],
)
async def test_success_stands_last(payload: Any, text: str) -> None:
    async with answering(payload).client() as http:
        assert (await http.get("x")).text == text


@pytest.mark.parametrize("outcome", [{}, Refused("x"), ValueError("x")], ids=repr)
async def test_headers_are_the_same_on_every_answer(outcome: Any) -> None:
    async with answering(outcome).client() as http:
        answers = [await http.get("x"), await http.post("x"), await http.get("nope")]
        for answer in answers:
            text = answer.status_code == 404
            expected = {
                "content-type": "text/plain; charset=UTF-8" if text else "application/json",
                "content-length": str(len(answer.content)),
                "cache-control": "no-store",
                "pragma": "no-cache",
                "x-content-type-options": "nosniff",
                "access-control-allow-origin": "*",
                "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept,"
                " X-User-Id, X-Auth-Token, x-visitor-token, Authorization",
            }
            assert dict(answer.headers) == expected


NOT_THERE = """
method path
GET /api/v1/nope
GET /api/v1
GET /api/v1/
GET /api/v1//livechat/department
GET /api/v1/livechat//department
GET /api/v1/livechat/department/
GET /api/v1/livechat%2Fdepartment
GET /api%2Fv1/livechat/department
GET /api/v1/LIVECHAT/department
GET /api/v1/livechat/visitor/
PUT /api/v1/livechat/department
PATCH /api/v1/livechat/department
HEAD /api/v1/livechat/message
POST /api/v1/me
BREW /api/v1/me
GET /api/v2/me
GET /api
GET /nope
GET /health/live/
POST /
OPTIONS /
DELETE /api/info
"""


async def test_what_is_not_there(sqlite_office: Office) -> None:
    for line in NOT_THERE.split("\n")[1:-1]:
        method, path = line.split()
        answer = await sqlite_office.http.request(method, path, headers=sqlite_office.admin.headers)
        text = "" if method == "HEAD" else "404 Not Found"
        assert (answer.status_code, answer.text) == (404, text), line
        assert answer.headers["content-type"] == "text/plain; charset=UTF-8", line
        assert answer.headers["content-length"] == "13", line


async def test_api_info_is_what_clients_ask_first(sqlite_office: Office) -> None:
    answer = await sqlite_office.http.get("/api/info")
    assert answer.json()["version"] == "8.6"
    assert answer.text.endswith('"success":true}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_crash_is_logged_with_its_place_and_without_a_value() -> None:
    def deeper(token: str) -> None:
        try:
            known: dict[str, int] = {}
            known[token] += 1
        except KeyError as error:
            raise ValueError(f"no such token: {token}") from error

    async def handler(services: None, call: Call) -> None:
        deeper(call.raw["token"])

    http = Bare([Route("POST", "/api/v1/x", handler, Dialect.L)]).client()
    for terminal in (False, True):
        stream = io.StringIO()
        logged = logging.StreamHandler(stream)
        logged.setFormatter(formatter(terminal=terminal))
        logging.getLogger("parley").addHandler(logged)
        try:
            answer = await http.post("x", json={"token": SECRET}, headers=person(SECRET))
        finally:
            logging.getLogger("parley").removeHandler(logged)
        assert (answer.status_code, answer.json()) == (500, FAILED | THROWN[-1][2])
        line = stream.getvalue()
        assert SECRET not in line
        text = line if terminal else "{message}\n{exc_info}".format(**json.loads(line))
        for part in ("unexpected error", "in deeper", "builtins.KeyError", "builtins.ValueError"):
            assert part in text
    await http.aclose()


async def test_readiness_probes_once_however_many_ask(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = 0

    async def writes(db: Database) -> bool:
        nonlocal probes
        probes += 1
        await asyncio.sleep(0)
        return False

    monkeypatch.setattr("parley.app._writes", writes)
    get = sqlite_office.http.get
    answers = await asyncio.gather(*(get("/health/ready") for _ in range(5)))
    expected = {"status": "unavailable", "database": {"read": True, "write": False}}
    assert [(a.status_code, a.json()) for a in answers] == [(503, expected)] * 5
    assert probes == 1


async def test_a_database_that_hangs_is_not_ready(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever, it is asked once only, and it is ready when it answers."""
    answers = asyncio.Event()
    probes = 0

    async def reads(db: Database) -> bool:
        nonlocal probes
        probes += 1
        await answers.wait()
        return True

    monkeypatch.setattr("parley.app._reads", reads)
    monkeypatch.setattr("parley.app.PROBE_WAITS", 0.01)
    get = sqlite_office.http.get
    for _ in range(3):
        hung = await get("/health/ready")
        unknown = {"status": "unavailable", "database": {"read": False, "write": False}}
        assert (hung.status_code, hung.json()) == (503, unknown)
    assert probes == 1
    answers.set()
    monkeypatch.setattr("parley.app.PROBE_WAITS", 30)
    assert (await get("/health/ready")).status_code == 200
    assert probes == 1
