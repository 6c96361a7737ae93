"""The database cannot be written, or is gone: writes say 503, what can be read is, and it heals."""

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.chats import connected, start_chats
from tests.faults.invariants import check_books
from tests.postgres import Postgres
from tests.server import Server

FREE = resource.RLIM_INFINITY
UNAVAILABLE = {
    "success": False,
    "error": "The database is not available at the moment [error-service-unavailable]",
    "errorType": "error-service-unavailable",
}


def refused(answers: list[httpx.Response]) -> bool:
    assert [answer.status_code for answer in answers] == [503] * len(answers)
    return all(answer.json() == UNAVAILABLE for answer in answers)


async def ready(http: httpx.AsyncClient) -> tuple[int, Any]:
    response = await http.get("/health/ready")
    return response.status_code, response.json()["database"]


async def healed(http: httpx.AsyncClient) -> None:
    """A probe is kept for a second, so this asks again for a while."""
    for _ in range(900):
        if await ready(http) == (200, {"read": True, "write": True}):
            return
        await asyncio.sleep(0.1)
    pytest.fail("not healed")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_disk_full(server: Server, database_url: str, tmp_path: Path) -> None:
    server.start()
    async with connected(server) as http:
        [chat] = await start_chats(http, 1)
        await chat.say("before")
        # Room for a part of what a message writes: SQLite meets the end of the disk half way.
        size = (tmp_path / "parley.db-wal").stat().st_size + 6000
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, FREE))
        lost = [f"lost{n}" for n in range(40)]
        assert refused(await asyncio.gather(*map(chat.try_to_say, lost)))
        assert await ready(http) == (503, {"read": True, "write": False})
        assert (await http.get("/health/live")).status_code == 200
        assert (await chat.page())[0]["_id"] == "before"

        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (FREE, FREE))
        await chat.say("after")
        await healed(http)
    assert server.stop() == 0
    stored = await check_books(database_url)
    assert {"before", "after"} <= stored.keys()
    assert not stored.keys() & set(lost)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_start_on_a_full_disk_says_so(server: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))  # the child inherits it
    try:
        assert server.fails() == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [entry["message"] for entry in server.log] == ["parley: disk I/O error"]
    server.start()
    assert server.stop() == 0


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One to stop and start, while the other tests' goes on."""
    server = Postgres(tmp_path_factory.mktemp("own"))
    yield server
    server.stop()


async def test_postgres_stopped_and_started_again(own_postgres: Postgres, tmp_path: Path) -> None:
    url = own_postgres.url(own_postgres.create())
    server = Server(tmp_path, url, test_mode=True)
    try:
        server.start()
        await _outage(server, own_postgres)
        assert server.stop() == 0
    finally:
        server.kill()
    stored = await check_books(url)
    assert {"before", "after"} <= stored.keys()
    assert not [key for key in stored if key.startswith("lost")]


async def _outage(server: Server, postgres: Postgres) -> None:
    async with connected(server) as http:
        [chat] = await start_chats(http, 1)
        await chat.say("before")
        await asyncio.to_thread(postgres.halt)
        assert refused(await asyncio.gather(*(chat.try_to_say(f"lost{n}") for n in range(20))))
        path = f"/api/v1/livechat/messages.history/{chat.room}"
        assert refused([await http.get(path, params={"token": chat.visitor.token})])
        assert await ready(http) == (503, {"read": False, "write": False})
        assert (await http.get("/health/live")).status_code == 200
        assert "parley_db_up 0.0" in (await http.get("/metrics")).text

        await asyncio.to_thread(postgres.resume)
        await healed(http)
        await chat.say("after")
