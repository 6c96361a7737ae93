"""A big file goes in and comes out in pieces: the memory of the server does not grow with it."""

import hashlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from parley.db import open_database
from tests.faults.chats import connected, start_chats
from tests.forms import BOUNDARY, body
from tests.server import Server

MB = 1024 * 1024
SIZE = 100 * MB - 100
PIECE = bytes(range(256)) * 256
GROWS = 48 * MB
"""What SQLite's cache of 32 MB may take, and a little."""


def content() -> Iterator[bytes]:
    for start in range(0, SIZE, len(PIECE)):
        yield PIECE[: SIZE - start]


def request() -> Iterator[bytes]:
    head, _, tail = body({}, ("big.bin", b"|", "")).partition(b"|")
    yield head
    yield from content()
    yield tail


def peak(server: Server) -> int:
    """Bytes of the process at its biggest, since `forget`."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def forget(server: Server) -> None:
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")


def there_and_back(server: Server, room: str, token: str) -> str:
    """The file's name, when what came back is what was sent."""
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    claims = {"rc_room_type": "l", "rc_rid": room, "rc_token": token}
    found, there = hashlib.sha256(), hashlib.sha256()
    for data in content():
        there.update(data)
    with httpx.Client(base_url=server.url, timeout=120) as client:
        headers = {"content-type": kind, "x-visitor-token": token}
        where = f"/api/v1/livechat/upload/{room}"
        answer = client.post(where, content=request(), headers=headers).json()
        assert answer["file"]["size"] == SIZE, answer
        link = answer["attachments"][0]["title_link"]
        with client.stream("GET", link, params=claims) as response:
            for data in response.iter_bytes():
                found.update(data)
    assert found.digest() == there.digest()
    return str(answer["file"]["name"])


async def test_a_big_file_costs_no_memory(server: Server) -> None:
    server.start()
    async with connected(server) as web:
        [chat] = await start_chats(web, 1)
    token = chat.visitor.token
    forget(server)
    before = peak(server)
    name = there_and_back(server, chat.room, token)
    assert name == "big.bin"
    assert peak(server) - before < GROWS


def raw(server: Server) -> http.client.HTTPConnection:
    address = urlsplit(server.url)
    return http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)


async def files(url: str) -> Any:
    db = await open_database(url, serving=False)
    try:
        return await db.read(
            lambda q: q.rows("SELECT id FROM uploads UNION SELECT upload_id FROM upload_chunks")
        )
    finally:
        await db.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_gigabyte_is_refused_before_it_is_sent_and_a_cut_leaves_nothing(
    server: Server, database_url: str
) -> None:
    server.start()
    async with connected(server) as web:
        [chat] = await start_chats(web, 1)
    path = f"/api/v1/livechat/upload/{chat.room}"
    head = body({}, ("big.bin", b"|", "")).partition(b"|")[0]

    def begun(length: int) -> http.client.HTTPConnection:
        connection = raw(server)
        connection.putrequest("POST", path)
        connection.putheader("content-type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("x-visitor-token", chat.visitor.token)
        connection.putheader("content-length", str(length))
        connection.endheaders()
        connection.send(head)
        return connection

    forget(server)
    before = peak(server)
    refused = begun(1024 * MB)
    answer = refused.getresponse()
    assert (answer.status, b"error-file-too-large" in answer.read()) == (400, True)
    refused.close()
    cut = begun(50 * MB)
    for _ in range(40):
        cut.send(PIECE)
    cut.sock.shutdown(socket.SHUT_RDWR)
    cut.close()
    assert peak(server) - before < GROWS
    # The server notices in its own time; to stop it is to wait for that.
    assert server.stop() == 0
    assert await files(database_url) == []
