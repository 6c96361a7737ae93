"""Which error wins. Each step puts right what the step before was refused for."""

from typing import Any

import msgspec
import pytest

from parley.errors import Refused
from parley.web.route import Call, Dialect, Route
from tests.office import Office
from tests.web.bare import Bare, person


class Query(msgspec.Struct, forbid_unknown_fields=True):
    q: str


class Body(msgspec.Struct, forbid_unknown_fields=True):
    b: str


async def handler(services: None, call: Call) -> dict[str, str]:
    if call.body.b == "refuse":
        raise Refused("the handler's own")
    return {"q": call.query.q, "b": call.body.b}


def bare(dialect: Dialect) -> Bare:
    return Bare([Route("POST", "/api/v1/x", handler, dialect, ("p", "q+r"), Query, Body)])


UNPARSEABLE = "&".join(["a=1"] * 501)
NO_SUCH_ROUTE = (404, "404 Not Found")
NOT_LOGGED_IN = (401, "You must be logged in to do this.")
FORBIDDEN = (
    403,
    "User does not have the permissions required for this action [error-unauthorized]",
)
Steps = list[tuple[dict[str, Any], tuple[int, str]]]
"""(what is put right, the answer then)"""

ALIKE: Steps = [
    ({"path": "y"}, NO_SUCH_ROUTE),
    ({"path": "x"}, NOT_LOGGED_IN),
    ({"headers": {"X-Auth-Token": "p"}}, NOT_LOGGED_IN),
    ({"headers": person("other", "q")}, FORBIDDEN),
    ({"headers": person("r", "q")}, (400, "Invalid query parameters")),
]
BAD_JSON = (400, "must be valid JSON [invalid-params]")
TOO_MANY = (429, "Error, too many requests.")
STEPS: dict[Dialect, Steps] = {
    Dialect.T: [
        *ALIKE,
        ({"query": "a=1"}, (400, "must have required property 'q'")),
        ({"query": "q=1"}, BAD_JSON),
        ({"content": b"[]"}, (400, "must be object")),
        ({"content": b"{}"}, (400, "must have required property 'b'")),
        ({"content": b'{"b":"refuse"}'}, TOO_MANY),
        ({"calls": 100}, (400, "the handler's own")),
    ],
    Dialect.L: [
        *ALIKE,
        ({"query": "a=1"}, BAD_JSON),
        ({"content": b"[]"}, TOO_MANY),
        ({"calls": 100}, (400, "must have required property 'q' [invalid-params]")),
        ({"query": "q=1"}, (400, "must be object [invalid-params]")),
        ({"content": b"{}"}, (400, "must have required property 'b' [invalid-params]")),
        ({"content": b'{"b":"refuse"}'}, (400, "the handler's own")),
    ],
    Dialect.C: [
        *ALIKE,
        ({"query": "a=1"}, BAD_JSON),
        ({"content": b"[]"}, TOO_MANY),
        ({"calls": 100}, (400, "Match error: Unknown key in field a")),
        ({"query": "q=1"}, (400, "Match error: Expected plain object")),
        ({"content": b"{}"}, (400, "Match error: Missing key 'b'")),
        ({"content": b'{"b":"refuse"}'}, (400, "the handler's own")),
    ],
}


@pytest.mark.parametrize("dialect", Dialect, ids=lambda d: d.name)
async def test_the_first_thing_wrong_is_what_the_caller_hears(dialect: Dialect) -> None:
    office = bare(dialect)
    asked: dict[str, Any] = {"query": UNPARSEABLE, "content": b"{", "headers": {}, "calls": 1}
    office.settings["API_Enable_Rate_Limiter_Limit_Calls_Default"] = 1
    async with office.client() as http:
        used_up = await http.post("x?q=1", json={"b": "1"}, headers=person("p"))
        assert used_up.status_code == 200
        for better, (status, text) in STEPS[dialect]:
            asked |= better
            office.settings["API_Enable_Rate_Limiter_Limit_Calls_Default"] = asked["calls"]
            answer = await http.post(
                f"{asked['path']}?{asked['query']}",
                content=asked["content"],
                headers={"Content-Type": "application/json", **asked["headers"]},
            )
            said = answer.text if status == 404 else answer.json()["error"]
            assert (answer.status_code, said[: len(text)]) == (status, text), better
            # Exactly: no suffix where there is to be none.
            assert said == text or status == 429
        answer = await http.post("x?q=1", json={"b": "1"}, headers=person("p"))
    assert answer.json() == {"q": "1", "b": "1", "success": True}


@pytest.mark.parametrize(
    ("dialect", "counted"), [(Dialect.T, False), (Dialect.L, True), (Dialect.C, True)]
)
async def test_whether_a_refused_call_counts(dialect: Dialect, counted: bool) -> None:
    bad: list[dict[str, Any]] = [
        {"json": {}, "params": {"q": "1"}},
        {"json": {"b": "1"}, "params": {}},
    ]
    async with bare(dialect).client() as http:
        for wrong in bad:
            refused = await http.post("x", headers=person("p"), **wrong)
            assert refused.status_code == 400
            # A refusal after the limiter tells what is left; one before it does not.
            assert ("x-ratelimit-remaining" in refused.headers) is counted
        never: list[dict[str, Any]] = [
            {"headers": {}},
            {"headers": person()},
            {"headers": person("p") | {"Content-Type": "application/json"}, "content": b"{"},
        ]
        for more in never:
            assert "x-ratelimit-limit" not in (await http.post("x?q=1", **more)).headers
        good = await http.post("x?q=1", json={"b": "1"}, headers=person("p"))
    assert good.headers["x-ratelimit-remaining"] == str(9 - (len(bad) if counted else 0))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "livechat/room.closeByUser?a[900]=1"),
        ("POST", "permissions.update?%00"),
        ("POST", "settings/%00"),
        ("GET", "livechat/department?count=-1"),
        ("GET", "livechat/visitors.chatHistory/room/%00/visitor/x?sort=nonsense"),
    ],
)
async def test_a_stranger_learns_nothing_from_validation(
    sqlite_office: Office, method: str, path: str
) -> None:
    plain = await sqlite_office.person()
    wrong = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    answer = await sqlite_office.nobody.call(method, path, **wrong)
    assert (answer.status_code, answer.json()["error"]) == NOT_LOGGED_IN
    answer = await plain.call(method, path, **wrong)
    assert (answer.status_code, answer.json()["error"]) == FORBIDDEN
    assert (await sqlite_office.admin.call(method, path, **wrong)).status_code == 400
