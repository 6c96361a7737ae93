"""A server that is killed while it gives out who waits: nobody is lost, nobody is served by two."""

from parley.conversations.queue.giving_out import give_out
from parley.db import Tx, open_database
from tests.books import broken
from tests.conversations.test_queue import seen, waits
from tests.faults.invariants import check_books
from tests.office import open_office
from tests.server import Server


async def test_each_chat_is_given_once(server: Server, database_url: str) -> None:
    db = await open_database(database_url)
    async with open_office(db) as office:
        await office.setting("Livechat_waiting_queue", True)
        agents = [await office.agent() for _ in range(4)]
        rooms = [(await waits(office))[1] for _ in range(40)]
    await db.close()

    for _ in range(2):
        server.start()
        server.kill()

    await check_books(database_url)
    db = await open_database(database_url)
    async with open_office(db) as office:
        assert await broken(office) == {}
        # Whoever looks next goes on where the others were killed.
        await give_out(db, {})
        found = [await seen(office, room) for room in rooms]
        serving = [room["servedBy"]["_id"] for room in found]
        assert [serving.count(agent.user_id) for agent in agents] == [10] * 4
        assert {room["usersCount"] for room in found} == {2}
        assert await broken(office) == {}
    await db.close()
    await check_books(database_url)


async def test_a_server_gives_out_what_waited_while_none_ran(
    server: Server, database_url: str
) -> None:
    db = await open_database(database_url)
    async with open_office(db) as office:
        await office.setting("Livechat_waiting_queue", True)
        for _ in range(2):
            await office.agent()
        rooms = [(await waits(office))[1] for _ in range(3)]

        async def forget(tx: Tx) -> None:
            await tx.rows("DELETE FROM jobs")

        await db.act(forget)
    await db.close()
    server.start()
    server.logged("chats that left the queue: 3")
    assert server.stop() == 0
    db = await open_database(database_url)
    async with open_office(db) as office:
        assert all(["servedBy" in await seen(office, room) for room in rooms])
    await db.close()
