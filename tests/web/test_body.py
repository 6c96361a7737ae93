"""What a request may hold: JSON, forms, sizes, and text that no database can keep."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.web.body import BODY_LIMIT
from parley.web.route import Call, Dialect, Route
from tests.office import Office
from tests.web.bare import Bare

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TOO_LARGE = (
    '{"success":false,"error":"Request body too large [error-body-too-large]",'
    '"errorType":"error-body-too-large"}'
)


def invalid(sentence: str) -> dict[str, Any]:
    error = f"{sentence} [invalid-params]"
    return {"success": False, "error": error, "errorType": "invalid-params"}


BAD_JSON = invalid("must be valid JSON")
UNSTORABLE = invalid("must not contain NUL or lone surrogate characters")
TOO_DEEP = invalid("must NOT be nested deeper than 100 levels")


async def echo(services: None, call: Call) -> Any:
    return {"raw": call.raw, "query": call.query, "path": call.path}


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ECHO = Bare([Route(m, "/api/v1/x/:id", echo, Dialect.L) for m in METHODS], limited=False)


async def ask(content: Any, kind: str = JSON, url: str = "x/1", method: str = "POST") -> Any:
    async with ECHO.client() as http:
        return await http.request(method, url, content=content, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    ("content", "kind", "raw"),
    [
        (b"", JSON, {}),
        (b"", FORM, {}),
        (b' {"a": [1, "\\u00e9\\ud83d\\ude00"]} ', JSON, {"a": [1, "é😀"]}),
        (b'{"a":1}', "Application/JSON; charset=utf-8", {"a": 1}),
        (b'{"a":1}', "text/plain, application/json", {"a": 1}),
        (b'{"a":1,"a":2}', JSON, {"a": 2}),
        (b"[1]", JSON, [1]),
        (b'"x"', JSON, "x"),
        (b"null", JSON, None),
        (b'{"a":123456789012345678901234567890}', JSON, {"a": 123456789012345678901234567890}),
        (b'{"a":1e308,"b":1e-999}', JSON, {"a": 1e308, "b": 0}),
        (b'{"a":%s1%s}' % (b"[" * 99, b"]" * 99), JSON, ...),
        (b"a=1&a=2&b%5B%5D=%C3%A9+x", FORM, {"a": "2", "b[]": "é x"}),
        (b'{"a":1}', "text/plain", {}),
        (b'{"a":1}', "", {}),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", {}),
        (b"\xff\x00{", "application/octet-stream", {}),
    ],
)
async def test_what_is_read(content: bytes, kind: str, raw: Any) -> None:
    for method in METHODS[1:]:
        answer = await ask(content, kind, method=method)
        assert answer.status_code == 200
        assert raw is ... or answer.json()["raw"] == raw
    # A GET has no body to be wrong.
    assert (await ask(content, kind, method="GET")).json()["raw"] == {}


@pytest.mark.parametrize(
    ("content", "kind", "error"),
    [
        *((bad, JSON, BAD_JSON) for bad in (
            b"{", b" ", b"{'a':1}", b'{"a":1}x', b"{}{}", b'{"a":1}\0', b"NaN", b'{"a":1e999}',
            b'{"a":-Infinity}', b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", b'{"a":"\0"}',
            b"9" * 5000, b"[" * 500_000, b'{"a":' * 150_000, b"[" * 5000 + b"]" * 5000,
            b'"\\ud800"', b'{"\\udc00":1}', b'"\\ud800\\u0041"', "{}".encode("utf-16"),
        )),
        *((bad, JSON, UNSTORABLE) for bad in (
            b'"\\u0000"', b'{"a":"x\\u0000y"}', b'{"\\u0000":1}', b'{"a":[{"b":{"c\\u0000":1}}]}',
        )),
        *((bad, JSON, TOO_DEEP) for bad in (
            b"[" * 101 + b"]" * 101, b'{"a":' * 101 + b"1" + b"}" * 101,
            b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b'"\\u0000"' + b"}" * 900,
        )),
        (b"a=%00", FORM, UNSTORABLE),
        (b"%00=a", FORM, UNSTORABLE),
    ],
    ids=range(31),
)  # fmt: skip
async def test_what_is_refused(content: bytes, kind: str, error: dict[str, Any]) -> None:
    answer = await ask(content, kind)
    assert (answer.status_code, answer.json()) == (400, error)


@pytest.mark.parametrize("depth", range(930, 1001, 10))
async def test_where_the_stack_ends_is_no_error_of_ours(depth: int) -> None:
    answer = await ask(b"[" * depth + b"]" * depth)
    assert answer.status_code == 400
    assert answer.json() in (TOO_DEEP, BAD_JSON)


@pytest.mark.parametrize("url", ["x/%00", "x/a%00b", "x/1?a=%00", "x/1?%00=a", "x/1?a[b][%00]=1"])
async def test_nul_in_a_url(url: str) -> None:
    for method in ("GET", "POST"):
        answer = await ask(b"", url=url, method=method)
        assert (answer.status_code, answer.json()) == (400, UNSTORABLE)


async def test_a_lone_surrogate_in_a_url_is_no_text() -> None:
    assert (await ask(b"", url="x/%ED%A0%80")).status_code == 404
    # In a query it stays as it was written, as with qs.
    assert (await ask(b"", url="x/1?a=%ED%A0%80")).json()["query"] == {"a": "%ED%A0%80"}


@pytest.mark.parametrize("kind", [JSON, FORM, "text/plain"])
async def test_a_body_of_a_mebibyte_and_no_more(kind: str) -> None:
    fits = b'"' + b"x" * (BODY_LIMIT - 2) + b'"'
    assert (await ask(fits, kind)).status_code == 200

    async def chunks(body: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(body), 100_000):
            yield body[at : at + 100_000]

    assert (await ask(chunks(fits), kind)).status_code == 200
    for body in (fits + b" ", chunks(fits + b" ")):
        answer = await ask(body, kind)
        assert (answer.status_code, answer.text) == (413, TOO_LARGE)


async def test_a_form_does_for_json(sqlite_office: Office) -> None:
    await sqlite_office.agent()
    visitor = await sqlite_office.visitor()
    room = (await visitor.room())["_id"]
    form = {"token": visitor.token, "rid": room, "msg": "é + %"}
    answer = await sqlite_office.nobody.call("POST", "livechat/message", data=form)
    assert answer.json()["message"]["msg"] == "é + %"


async def test_numbers_are_javascripts(sqlite_office: Office) -> None:
    """5.0 is 5, a number of a string, and the limits hold for what is beyond all numbers."""
    new = {"name": "d", "email": "", "enabled": 1, "showOnRegistration": 0, "showOnOfflineForm": 0}
    agent = await sqlite_office.agent()

    async def save(count: Any) -> Any:
        body = {"department": new, "agents": [{"agentId": agent.user_id, "count": count}]}
        return (await sqlite_office.admin.call("POST", "livechat/department", json=body)).json()

    for count, kept in ((5.0, 5), ("7", 7), (True, 1), (None, 0)):
        assert [row["count"] for row in (await save(count))["agents"]] == [kept]
    for count, error in (
        (5.5, "must be integer"),
        ("x", "must be integer"),
        (1e300, "must be <= 2147483647"),
        ("1e999", "must be <= 2147483647"),
        ("-Infinity", "must be >= 0"),
    ):
        assert (await save(count))["error"] == f"{error} [invalid-params]"
