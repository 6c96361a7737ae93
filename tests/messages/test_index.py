"""The index of searches: it follows what messages say, in the same transaction."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from parley.db import Database, Tx, open_database
from parley.db.documents import find, save
from parley.db.meta import get_mark
from parley.db.snapshot import snapshot
from parley.jobs import Worker, enqueue
from parley.messages import indexing
from parley.messages.index import index, move_room, unindex, unindex_room
from parley.operations.backup import backup
from parley.operations.doctor.search import search as look
from parley.operations.restore import restore
from parley.work import JOBS
from tests.full_text import write_each
from tests.office import Client, Office, open_office
from tests.operations.command import parley
from tests.postgres import Postgres


async def found(person: Client, text: str, **query: Any) -> list[str]:
    answer = await person.get("livechat/messages.search", text=text, **query)
    return [one["message"]["_id"] for one in answer["messages"]]


async def findings(url: str) -> list[tuple[str, str]]:
    async with snapshot(url) as opened:
        return [(finding.severity, finding.text) async for finding in look(opened)]


WELL = [("ok", "every message can be found")]


async def rewrite(tx: Tx, /, message_id: str, **changes: Any) -> None:
    """As an edit does: the document, then the index."""
    room_id = await tx.value("SELECT room_id FROM messages WHERE id = $1", message_id)
    await tx.lock("rooms", room_id)
    message = await find(tx, "messages", message_id)
    assert message is not None
    message = {k: v for k, v in (message | changes).items() if v is not None}
    await save(tx, "messages", message)
    await index(tx, message)


@pytest.mark.parametrize("waiting", [1, 2, 500])
async def test_what_is_no_longer_said_is_not_found(
    office: Office, database_url: str, waiting: int
) -> None:
    await write_each(office.db, waiting)
    agent, visitor, other = await office.agent(), await office.visitor(), await office.visitor()
    room = (await visitor.room())["_id"]
    for key, text in (("a", "my secret number"), ("b", "another secret"), ("c", "more")):
        await visitor.say(room, text, _id=key)
    assert await found(agent, "secret") == ["b", "a"]

    await office.db.act(rewrite, "a", msg="nothing to see")
    assert await found(agent, "secret") == ["b"]
    assert await found(agent, '"my secret"') == []
    assert await found(agent, '"to see"') == await found(agent, "nothing") == ["a"]
    await office.db.act(rewrite, "b", _hidden=True)
    assert await found(agent, "another") == []
    await office.db.act(rewrite, "b", _hidden=None)
    assert await found(agent, "another") == ["b"]
    await office.db.act(unindex, "b")
    assert await found(agent, "another") == []
    assert await findings(database_url) != WELL
    await office.db.act(rewrite, "b")
    assert await findings(database_url) == WELL

    async def move(tx: Tx) -> None:
        await move_room(tx, room, other.id)
        sql = "UPDATE messages SET visitor_id = $2 WHERE room_id = $1"
        await tx.rows(sql, room, other.id)

    await office.db.act(move)
    assert await found(agent, "more", visitorId=visitor.id) == []
    assert await found(agent, "more", visitorId=other.id) == ["c"]
    assert await findings(database_url) == WELL

    async def undone(tx: Tx) -> None:
        await rewrite(tx, "c", msg="never said")
        await unindex(tx, "a")
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await office.db.act(undone)
    assert await found(agent, "never") == []
    assert await found(agent, "more") == ["c"] and await found(agent, "nothing") == ["a"]
    await office.db.act(index_again, "gone")  # what is not stored cannot be found
    await office.db.act(unindex_room, room)
    assert await found(agent, "more") == await found(agent, "nothing") == []
    rows = "SELECT count(*) FROM message_words"
    assert await office.db.read(lambda q: q.value(rows)) == 0
    if "sqlite" in database_url:
        rows = "SELECT count(*) FROM message_fts WHERE message_fts MATCH 'more OR nothing OR see'"
        assert await office.db.read(lambda q: q.value(rows)) == 0


async def index_again(tx: Tx, message_id: str) -> None:
    ts = "2026-01-01T00:00:00.000Z"
    await index(tx, {"_id": message_id, "rid": "r", "msg": "more", "ts": ts})


async def test_an_erased_visitor_is_not_found(office: Office, database_url: str) -> None:
    await write_each(office.db, 2)
    agent, visitor, other = await office.agent(), await office.visitor(), await office.visitor()
    for one in (visitor, other):
        room = (await one.room())["_id"]
        for n in range(2):
            await one.say(room, f"hello {n}")
        await one.close(room)
    await office.setting("Livechat_Allow_collect_and_store_HTTP_header_informations", False)
    answer = await office.admin.call("DELETE", f"livechat/visitor/{visitor.token}")
    assert answer.status_code == 200, answer.text
    assert len(await found(agent, "hello")) == 2
    assert await found(agent, "hello", visitorId=visitor.id) == []
    assert await findings(database_url) == WELL


async def test_a_search_during_an_edit_finds_one_text(office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    await visitor.say(room, "one 0", _id="m")
    await write_each(office.db, 2)
    done = False

    async def edit() -> None:
        nonlocal done
        for n in range(1, 40):
            await office.db.act(rewrite, "m", msg=f"{'two' if n % 2 else 'one'} {n}")
        done = True

    editing = asyncio.create_task(edit())
    seen = set()
    while not done:
        answer = await agent.get("livechat/messages.search", text='"one" *', visitorId=visitor.id)
        both = await agent.get("livechat/messages.search", visitorId=visitor.id)
        assert len(both["messages"]) == 1
        for one in answer["messages"]:
            assert one["message"]["msg"].startswith("one")
            seen.add(one["message"]["msg"])
    await editing
    assert seen <= {f"one {n}" for n in range(0, 40, 2)}


async def test_many_messages_of_one_millisecond(office: Office, clock: Any) -> None:
    """They have their own place each, in the order in which they were written."""
    agent = await office.agent()
    visitors = [await office.visitor() for _ in range(2)]
    rooms = [(await visitor.room())["_id"] for visitor in visitors]
    for n in range(20):
        for visitor, room in zip(visitors, rooms, strict=True):
            await visitor.say(room, "again", _id=f"{room}{n:02}")
    for room in rooms:
        assert await found(agent, "again", roomId=room, count=100) == [
            f"{room}{n:02}" for n in reversed(range(20))
        ]
    seen = await found(agent, "again", count=100)
    assert len(seen) == len(set(seen)) == 40


async def test_older_messages_are_indexed_by_and_by(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 3)
    monkeypatch.setattr(indexing, "BATCHES", 2)
    agent, visitor = await office.agent(), await office.visitor()
    rooms = []
    for n in range(3):
        rooms.append((await visitor.room())["_id"])
        for m in range(n * 3):
            await visitor.say(rooms[-1], f"hello {m}")
        await visitor.close(rooms[-1])
    every = await found(agent, "hello")
    assert len(every) == 9
    await office.db.act(indexing.start_over)  # as if they had been there before
    assert await found(agent, "hello") == []
    path = f"livechat/visitors.searchChats/room/{rooms[0]}/visitor/{visitor.id}"
    sizes = []
    while await office.db.read(get_mark, indexing.MARK) is not None:
        for answer in (
            await agent.get(path, searchText="hello"),
            await agent.get("livechat/messages.search", text="hello"),
        ):
            assert answer["search"]["complete"] is False
        [(severity, text), *_] = await findings(database_url)
        assert severity == "warning" and "cannot be found yet" in text
        sizes.append(len(await found(agent, "hello")))
        # A process that stopped in between: the next one goes on.
        await indexing.index_older(office.db)
    assert len(set(sizes)) > 2
    assert await found(agent, "hello") == every
    answer = await agent.get(path, searchText="hello")
    assert answer["search"] == {"by": "words", "complete": True}
    assert await findings(database_url) == WELL


async def test_what_was_edited_meanwhile_is_found_by_its_new_text(office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    for n in range(4):
        await visitor.say(room, f"old {n}", _id=f"m{n}")
    await office.db.act(indexing.start_over)  # as if they had been there before
    await visitor.say(room, "new 4", _id="m4")
    edits = [office.db.act(rewrite, f"m{n}", msg=f"new {n}") for n in range(4)]
    worker = Worker(office.db, JOBS)
    await office.db.act(enqueue, "index", {})
    await asyncio.gather(worker.run_what_is_due(), *edits)
    assert await found(agent, '"old"') == []
    assert sorted(await found(agent, "new")) == [f"m{n}" for n in range(5)]


@pytest.fixture
def elsewhere(tmp_path: Path, postgres: Postgres) -> Any:
    name = postgres.create()
    yield [f"sqlite://{tmp_path}/new/parley.db", postgres.url(name)]
    postgres.drop(name)


ASKED = ("hello", "hel*", '"hello there"', "ello", "价格", "nothing", "")


async def answers(db: Database) -> list[Any]:
    async with open_office(db) as office:
        return [
            (await office.admin.get("livechat/messages.search", text=text))["messages"]
            for text in ASKED
        ]


async def test_what_is_restored_is_found_as_before(
    office: Office, database_url: str, elsewhere: list[str], tmp_path: Path
) -> None:
    await office.agent()
    await write_each(office.db, 4)
    for n in range(3):
        visitor = await office.visitor()
        room = (await visitor.room())["_id"]
        await visitor.say(room, f"Hello there, {n}!")
        await visitor.say(room, f"价格 {n}")
    expected = await answers(office.db)
    assert [len(found) for found in expected] == [3, 3, 3, 3, 3, 0, 6]
    await backup(database_url, tmp_path / "backup", force=False)
    for url in elsewhere:
        await restore(url, tmp_path / "backup", force=False)
        assert await findings(url) == WELL
        db = await open_database(url)
        try:
            assert await answers(db) == expected
            async with open_office(db) as opened:
                visitor = await opened.visitor()
                room = (await visitor.room())["_id"]
                await visitor.say(room, "hello again", _id="again")
                assert "again" in await found(opened.admin, "hello")
        finally:
            await db.close()


async def test_the_doctor_and_his_remedy(db: Database, database_url: str, engine: str) -> None:
    async with open_office(db) as office:
        await office.agent()
        visitor = await office.visitor()
        room = (await visitor.room())["_id"]
        for key in ("a", "b", "c"):
            await visitor.say(room, f"hello {key}", _id=key)
        await write_each(office.db, 2)
        await office.db.act(rewrite, "a")
        assert await findings(database_url) == WELL

        async def damage(tx: Tx) -> None:
            await tx.rows("DELETE FROM message_words WHERE message_id = 'a'")
            await tx.rows("UPDATE message_words SET words = ' other ' WHERE message_id = 'b'")
            await tx.rows("UPDATE message_words SET message_id = 'gone' WHERE message_id = 'c'")
            if engine == "sqlite":
                await tx.rows("DELETE FROM message_fts_fresh")
                await tx.rows("INSERT INTO message_fts (message_fts) VALUES ('delete-all')")

        await office.db.act(damage)
        texts = [
            "2 messages cannot be found",
            "1 entries are of no message, or of another room or visitor",
            "1 of the newest messages are found by another text",
        ]
        if engine == "sqlite":
            texts.append("the full text lacks 2 entries, or has as many too much")
        assert await findings(database_url) == [("error", text) for text in texts]
        await db.close()
    assert parley("reindex", "--database", database_url).status == 0
    again = await open_database(database_url)
    await indexing.index_older(again)
    assert await findings(database_url) == WELL
    async with open_office(again) as office:
        assert await found(office.admin, "hello") == ["c", "b", "a"]
    await again.close()
