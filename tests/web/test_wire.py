"""What only a real server and a bare socket can show: connections that live on, and that end."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server import Server
from tests.web.test_body import TOO_LARGE

JSON = "Content-Type: application/json"
ALIVE = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("wire"), test_mode=True).start()
    yield server.url
    try:
        assert [entry for entry in server.log if entry.get("levelname") == "ERROR"] == []
    finally:
        server.kill()


@pytest.fixture
def line(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    # A server that forgets to answer is an error here, not a test that never ends.
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        yield connection


def request(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer(line: socket.socket, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    with HTTPResponse(line, method=method) as response:
        response.begin()
        return response, response.read()


def assert_usable(line: socket.socket) -> None:
    """The next request on this connection is answered with its own answer."""
    line.sendall(ALIVE.encode())
    response, body = answer(line)
    assert (response.status, json.loads(body)) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/livechat/visitor/nobody", 400),
        ("/api/v1/me", 401),
        ("/api/v1/livechat/message", 404),
        ("/api/v1/nope", 404),
        ("/nope", 404),
        ("/api/info", 200),
        ("/", 200),
    ],
)
def test_head_is_get_without_its_body(line: socket.socket, path: str, status: int) -> None:
    line.sendall(request("GET", path))
    got, body = answer(line)
    line.sendall(request("HEAD", path))
    head, nothing = answer(line, "HEAD")
    assert (got.status, head.status, nothing) == (status, status, b"")
    assert int(got.headers["content-length"]) == len(body) > 0
    headers = [{k: v for k, v in r.getheaders() if k != "date"} for r in (got, head)]
    assert headers[0] == headers[1]
    assert_usable(line)


def test_a_body_over_the_limit_does_not_hang_the_connection(line: socket.socket) -> None:
    """Declared: refused before a byte of it has come. The rest is read and thrown away."""
    size = 3 * 1024 * 1024
    line.sendall(request("POST", "/api/v1/login", JSON, f"Content-Length: {size}"))
    response, body = answer(line)
    assert (response.status, body.decode()) == (413, TOO_LARGE)
    line.sendall(b"x" * size)
    assert_usable(line)


def test_a_chunked_body_over_the_limit(line: socket.socket) -> None:
    line.sendall(request("POST", "/api/v1/login", JSON, "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(17):
        line.sendall(chunk)
    response, body = answer(line)
    assert (response.status, body.decode()) == (413, TOO_LARGE)
    line.sendall(chunk * 17 + b"0\r\n\r\n")
    assert_usable(line)


def test_who_asks_first_is_told_before_he_sends(line: socket.socket) -> None:
    expect = "Expect: 100-continue"
    line.sendall(request("POST", "/api/v1/login", JSON, "Content-Length: 2", expect))
    assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(b"{}")
    assert answer(line)[0].status == 401
    line.sendall(request("POST", "/api/v1/login", JSON, "Content-Length: 2000000", expect))
    assert answer(line)[0].status == 413


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nope", "/api/v1/chat.sendMessage"])
def test_a_body_nobody_reads(line: socket.socket, path: str) -> None:
    size = 1024 * 1024
    line.sendall(request("POST", path, JSON, f"Content-Length: {size}") + b"{" * size)
    assert answer(line)[0].status in (401, 404)
    assert_usable(line)


def test_a_client_that_goes_away_harms_nobody(line: socket.socket, url: str) -> None:
    line.sendall(request("POST", "/api/v1/login", JSON, "Content-Length: 100") + b'{"user":')
    line.close()
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as another:
        assert_usable(another)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/v1/livechat/visitor/a%2Fb%0A%25", 400),
        ("http://elsewhere.example/api/v1/me", 401),
        ("/api/v1/livechat/visitor/%ff", 404),
        ("/api/v1/livechat/visitor/\xe9", 400),
        ("/api/v1/me?\xff=\xfe", 400),
        ("/api/v1/me#fragment", 401),
        ("//api/v1/me", 404),
        ("/api/v1/" + "x" * 50_000, 404),
        ("/api/v1/login?" + "&" * 50_000, 404),
    ],
    ids=range(9),
)
def test_odd_targets(line: socket.socket, target: str, status: int) -> None:
    line.sendall(request("GET", target))
    response, body = answer(line)
    assert response.status == status
    kind = response.headers["content-type"]
    assert kind == "application/json" or (kind.startswith("text/plain") and status in (400, 404))
    assert body


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nope", "/nope"])
def test_no_web_socket_is_opened_where_none_is(line: socket.socket, path: str) -> None:
    upgrade: Any = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]  # fmt: skip
    line.sendall(request("GET", path, *upgrade))
    assert answer(line)[0].status == 403
