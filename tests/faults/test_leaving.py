"""A server that dies while somebody is deactivated: the next one closes the chats they had."""

from parley.db import open_database
from parley.db.documents import decode
from tests.faults.invariants import check_books
from tests.office import open_office
from tests.server import Server


async def test_chats_of_who_was_deactivated_are_closed(server: Server, database_url: str) -> None:
    db = await open_database(database_url)
    async with open_office(db) as office:
        agent = await office.agent()
        for _ in range(2):
            visitor = await office.visitor()
            await visitor.say((await visitor.room())["_id"], "hello")
        # As the first of the acts leaves it; the others never came.
        await office.patch("users", agent.user_id, active=False)
    await db.close()

    server.start()
    server.logged("chats that people had left open: 2")
    assert server.stop() == 0

    await check_books(database_url)
    db = await open_database(database_url)
    rows = await db.read(lambda q: q.rows("SELECT doc FROM rooms"))
    rooms = [decode(row[0]) for row in rows]
    left = await db.read(lambda q: q.value("SELECT count(*) FROM subscriptions"))
    await db.close()
    assert [room["closingMessage"]["msg"] for room in rooms] == ["Agent deactivated"] * 2
    assert not any("open" in room for room in rooms)
    assert (left, {room["usersCount"] for room in rooms}) == (0, {1})
