"""A database opened beside the process that serves it, as commands do."""

import asyncio
import itertools
import os
from pathlib import Path

import pytest

from parley.db import Tx, open_database
from parley.db.snapshot import snapshot
from parley.errors import Unavailable
from parley.operations.backup import backup
from parley.preferences.store import put_setting, raise_policy_version
from tests.faults.chats import Chat, connected, start_chats
from tests.faults.invariants import check_books
from tests.server import Server


async def set_longest(tx: Tx, longest: int) -> None:
    await put_setting(tx, "Message_MaxAllowedSize", longest)
    await raise_policy_version(tx)


async def test_the_server_sees_a_change_with_its_next_request(
    server: Server, database_url: str
) -> None:
    server.start()
    async with connected(server) as http:
        [chat] = await start_chats(http, 1)
        await chat.say("one")
        beside = await open_database(database_url, serving=False)
        await beside.act(set_longest, 3)
        assert (await chat.try_to_say("two")).status_code == 400
        await beside.act(set_longest, 300)
        await chat.say("three")
        assert await beside.read(lambda q: q.value("SELECT id FROM messages WHERE id = 'three'"))
        await beside.close()
        await chat.say("four")
    assert server.stop() == 0
    assert {"one", "three", "four"} <= (await check_books(database_url)).keys()


async def test_both_write_and_neither_fails(server: Server, database_url: str) -> None:
    server.start()
    keys = (f"message{n}" for n in itertools.count())
    done = asyncio.Event()

    async def write(chat: Chat) -> int:
        answered = 0
        while not done.is_set():
            await chat.say(next(keys))
            answered += 1
        return answered

    async with connected(server) as http:
        chats = await start_chats(http, 4)
        writers = [asyncio.create_task(write(chat)) for chat in chats]
        beside = await open_database(database_url, serving=False)
        for n in range(50):
            await beside.act(set_longest, 1000 + n)
        done.set()
        assert min(await asyncio.gather(*writers)) > 0
        await beside.close()
    assert server.stop() == 0
    await check_books(database_url)


async def test_it_makes_and_migrates_nothing(
    database_url: str, engine: str, tmp_path: Path
) -> None:
    nothing = r"does not exist yet: run `parley migrate` or `parley serve` first"
    with pytest.raises(Unavailable, match=nothing):
        await open_database(database_url, serving=False)
    assert not any(os.scandir(tmp_path))
    db = await open_database(database_url)
    await db.act(lambda tx: tx.rows("DELETE FROM migrations WHERE number > 1"))
    await db.close()
    with pytest.raises(Unavailable, match=r"is at version 1, this parley needs \d+: run `parley"):
        await open_database(database_url, serving=False)
    async with snapshot(database_url) as found:
        assert found.version == 1


async def test_a_snapshot_stays_as_it_is_and_stops_nobody(
    database_url: str, tmp_path: Path
) -> None:
    db = await open_database(database_url)
    async with snapshot(database_url) as found:
        await db.act(set_longest, 3)
        await backup(database_url, tmp_path / "backup", force=False)
        assert await found.q.value("SELECT count(*) FROM settings") == 0
    assert await db.read(lambda q: q.value("SELECT count(*) FROM settings")) == 1
    await db.close()
