"""Whatever bytes arrive, the answer is one of the dialect's and never 500."""

import json
import os
from typing import Any
from urllib.parse import quote_from_bytes

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.app import ROUTES, build_app
from parley.config import Config
from parley.web.route import Route
from tests.office import Office

JSON = b"application/json"
KINDS = [JSON, b"application/x-www-form-urlencoded", b"text/plain", b""]

# As many as wanted by hand: HOSTILE=20000 pytest tests/web/test_hostile.py
EXAMPLES = int(os.environ.get("HOSTILE", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 250,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# What no HTTP parser lets through, so that no application has to bear it.
CONTROLS = bytes(range(32)) + b"\x7f"
header_value = st.binary(max_size=40).map(lambda b: b.translate(None, CONTROLS))
raw_path = st.binary(max_size=60).map(lambda b: b"/api/v1/" + b.translate(None, CONTROLS + b" ?#"))
word = st.sampled_from(
    ["", "0", "-1", "1e999", "true", "null", "%00", "%", "%ff", "a", "{}", '{"ts":1}', "room-1"]
)
scalar = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
value = st.recursive(
    scalar | word,
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3)
    ),
    max_leaves=6,
)


def names(struct: type[msgspec.Struct] | None) -> list[str]:
    fields = msgspec.structs.fields(struct) if struct else ()
    return [field.encode_name for field in fields] or ["x"]


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    route: Route = draw(st.sampled_from(ROUTES))
    segment = st.binary(max_size=9).map(quote_from_bytes) | word.filter(bool) | st.just("online")
    path = [draw(segment) if part[:1] == ":" else part for part in route.path.split("/")]
    pairs = st.lists(
        st.tuples(
            st.sampled_from(names(route.query)) | st.text(max_size=3),
            st.sampled_from(["", "[]", "[a]", "[0]", "[", "]"]),
            word | st.binary(max_size=9).map(quote_from_bytes),
        ),
        max_size=4,
    ).map(lambda ps: "&".join(f"{k}{b}={v}" for k, b, v in ps).encode())
    body = st.dictionaries(st.sampled_from(names(route.body)) | st.text(max_size=3), value)
    for field in names(route.body):
        # One level further in, for `{"visitor": {...}}` and the like.
        inner = msgspec.structs.fields(route.body) if route.body else ()
        kind = next((f.type for f in inner if f.encode_name == field), None)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            some = st.dictionaries(st.sampled_from(names(kind)), value)
            body |= st.fixed_dictionaries({field: some})
    return {
        "method": draw(st.sampled_from([route.method] * 6 + ["HEAD", "OPTIONS", "PUT"])),
        "raw_path": draw(st.just("/".join(path).encode()) | raw_path),
        "query": draw(pairs | st.binary(max_size=40).map(lambda b: b.translate(None, CONTROLS))),
        "body": draw((body | value).map(lambda v: json.dumps(v).encode()) | st.binary(max_size=99)),
        "kind": draw(st.sampled_from([JSON, *KINDS])),
        "headers": draw(
            st.dictionaries(
                st.sampled_from(
                    [
                        b"origin",
                        b"cookie",
                        b"x-auth-token",
                        b"x-user-id",
                        b"content-length",
                        b"host",
                    ]
                ),
                header_value,
                max_size=2,
            )
        ),
        "as_admin": draw(st.sampled_from([True, True, False])),
    }


async def ask(app: Any, asked: dict[str, Any], known: dict[bytes, bytes]) -> tuple[int, Any, bytes]:
    headers = asked["headers"] | {b"content-type": asked["kind"]}
    headers |= known if asked["as_admin"] else {}
    scope = {
        "type": "http",
        "method": asked["method"],
        "path": asked["raw_path"].decode("latin-1"),
        "raw_path": asked["raw_path"],
        "query_string": asked["query"],
        "headers": list(headers.items()),
        "client": ("192.0.2.1", 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked["body"], "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *parts = sent
    return start["status"], dict(start["headers"]), b"".join(part["body"] for part in parts)


@pytest.fixture
def app(office: Office) -> Any:
    return build_app(Config(test_mode=True), office.db)


@FUZZ
@given(asked=requests())
async def test_any_bytes_get_an_answer_of_the_dialect(
    office: Office, app: Any, asked: dict[str, Any]
) -> None:
    known = {k.lower().encode(): v.encode() for k, v in office.admin.headers.items()}
    status, headers, body = await ask(app, asked, known)
    assert status in {200, 400, 401, 403, 404, 405, 413}
    head = asked["method"] == "HEAD"
    assert head is (not body)
    if headers[b"content-type"] == b"application/json":
        assert head or json.loads(body)["success"] is (status == 200)
    elif asked["method"] == "OPTIONS":
        assert headers[b"content-type"] == b"text/plain; charset=UTF-8"
    else:
        assert (status, headers[b"content-type"]) == (404, b"text/plain; charset=UTF-8")
        assert head or body == b"404 Not Found"
