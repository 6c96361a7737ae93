"""A server that ends sends its readers away; one that is killed holds nobody."""

import asyncio

import httpx

from parley.db import open_database
from parley.db.documents import find
from parley.realtime.presence import LEASE_SECONDS, Presence
from tests.clock import Clock
from tests.realtime.cutting import Following, log_in
from tests.realtime.listening import PATH, frames_of
from tests.server import Server


async def test_a_server_that_ends_says_so(server: Server) -> None:
    server.start()
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=60) as http,
        httpx.AsyncClient(base_url=server.url, timeout=60) as lasting,
    ):
        admin = await log_in(http)
        async with lasting.stream("GET", PATH, headers=admin.headers) as response:
            pieces = response.aiter_text()
            text = ""
            while "snapshot" not in text:
                text += await anext(pieces)
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            async for piece in pieces:
                text += piece
            assert frames_of(text)[-1].data == {"reason": "stopping"}
            assert await stopping == 0
    assert not any("exceeded" in entry["message"] for entry in server.log)


async def test_who_was_connected_to_a_killed_process_is_gone(
    server: Server, database_url: str, clock: Clock
) -> None:
    server.start()
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=60) as http,
        httpx.AsyncClient(base_url=server.url, timeout=60) as lasting,
    ):
        admin = await log_in(http)
        reader = Following(lasting, admin.headers, {})
        reading = asyncio.create_task(reader.run())
        await reader.begun.wait()
        assert (await admin.get("me"))["statusConnection"] == "online"
        server.kill()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    db = await open_database(database_url)
    presence = Presence(db)
    statuses = []
    for _ in range(2):
        await presence.look_after()
        user = await db.read(find, "users", admin.user_id)
        assert user is not None
        statuses.append(user["statusConnection"])
        clock.wait(seconds=LEASE_SECONDS + 60)
    assert statuses == ["online", "offline"]
    await db.close()
