"""kill -9 while many write: what was answered is kept, and the books agree."""

import asyncio
import itertools

import httpx

from tests.faults.chats import AT_ONCE, Chat, connected, start_chats, text_of
from tests.faults.invariants import check_books
from tests.server import Server

ENOUGH = 300
"""Answers until the kill; the requests on their way then are the interesting ones."""


async def test_killed_under_load(server: Server, database_url: str) -> None:
    server.start()
    answered: dict[str, str] = {}
    enough = asyncio.Event()
    keys = (f"message{n}" for n in itertools.count())

    async def write(chat: Chat) -> None:
        for key in keys:
            await chat.say(key)
            answered[key] = chat.room
            if len(answered) >= ENOUGH:
                enough.set()

    async with connected(server) as http:
        chats = await start_chats(http, 8)
        writers = [asyncio.create_task(write(chats[n % len(chats)])) for n in range(AT_ONCE)]
        await asyncio.wait_for(enough.wait(), 180)
        server.kill()
        ends = await asyncio.gather(*writers, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, httpx.TransportError)] == []

    server.start()
    async with connected(server) as http:
        listed: list[str] = []
        for visitor, room in chats:
            visitor.nobody.http = http
            listed += await every_message(Chat(visitor, room))
    assert server.stop() == 0
    stored = await check_books(database_url)
    mine = {key: message for key, message in stored.items() if key.startswith("message")}
    assert answered.items() <= {key: message["rid"] for key, message in mine.items()}.items()
    assert {key: message["msg"] for key, message in mine.items()} == {k: text_of(k) for k in mine}
    # What was on its way may have been kept: of each writer one message at most.
    assert len(mine) <= len(answered) + AT_ONCE
    assert sorted(listed) == sorted(mine)


async def every_message(chat: Chat) -> list[str]:
    """Ids of the visitor's messages in the room, each as often as a page lists it."""
    found: list[str] = []
    offset = 0
    while page := await chat.page(offset):
        found += [message["_id"] for message in page if "t" not in message]
        offset += len(page)
    return found
