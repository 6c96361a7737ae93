"""The heart: visitors.chatHistory, by contract/core.md §3 and what field/users.md §1 asks."""

import json
from typing import Any

import pytest

from parley.history import service, store
from tests.office import Client, Json, Office, Visitor


def ids(answer: Json) -> list[str]:
    return [room["_id"] for room in answer["history"]]


async def closed_chats(office: Office, visitor: Visitor, number: int) -> list[str]:
    """Room ids, oldest first."""
    rooms = []
    for _ in range(number):
        room = await visitor.room()
        await visitor.close(room["_id"])
        rooms.append(room["_id"])
    return rooms


async def test_every_room_is_there_exactly_once(office: Office) -> None:
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    manager = await office.person("livechat-manager")
    visitor = await office.visitor(name="Maria")
    never_served = (await visitor.room())["_id"]
    await visitor.close(never_served)
    agents = [await office.agent(), await office.agent()]
    rooms = [never_served]
    for agent in agents:
        department = await office.department(agent)
        await office.visitor(token=visitor.token, department=department["_id"])
        room = await visitor.room()
        assert room["servedBy"]["_id"] == agent.user_id
        rooms.append(room["_id"])
        if agent is agents[0]:
            await agent.post("livechat/room.closeByUser", rid=room["_id"], comment="done")

    answer = await office.history(manager, rooms[-1], visitor.id)

    assert ids(answer) == rooms[::-1]
    assert (answer["total"], answer["count"], answer["offset"]) == (3, 3, 0)
    closed = answer["history"][1]
    assert closed["closingMessage"]["msg"] == "done"
    assert closed["closingMessage"] == closed["lastMessage"]
    assert "servedBy" not in answer["history"][2]


async def test_an_agents_history_is_what_opens(office: Office) -> None:
    """What is listed opens, what opens is listed; with the permission taken away, too."""
    mine, other = await office.agent(), await office.agent(online=False)
    manager = await office.person("livechat-manager")
    visitor = await office.visitor()
    rooms = await closed_chats(office, visitor, 2)
    rooms.append((await visitor.room())["_id"])

    async def listed_and_open(person: Client, door: str) -> tuple[set[str], set[str]]:
        opens = set()
        for room in rooms:
            answer = await person.call("GET", "rooms.info", params={"roomId": room})
            if answer.status_code == 200:
                opens.add(room)
        listed = await office.history(person, door, visitor.id)
        assert listed["total"] == len(listed["history"])
        return set(ids(listed)), opens

    for person in (mine, manager):
        assert await listed_and_open(person, rooms[-1]) == (set(rooms), set(rooms))
    closed = set(rooms[:2])
    assert await listed_and_open(other, rooms[0]) == (closed, closed)
    refused = await office.ask_history(other, rooms[-1], visitor.id)
    assert refused.json() == {"success": False, "error": "error-not-allowed"}

    await office.grant("view-livechat-room-closed-by-another-agent", "admin")
    served = set(rooms)
    assert await listed_and_open(mine, rooms[-1]) == (served, served)
    assert (await office.ask_history(other, rooms[0], visitor.id)).status_code == 400


async def test_manual_routing_shows_a_waiting_room_to_its_department(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    inside, outside = await office.agent(), await office.agent()
    department = await office.department(inside)
    visitor = await office.visitor(department=department["_id"])
    room = (await visitor.room())["_id"]
    assert ids(await office.history(inside, room, visitor.id)) == [room]
    assert (await office.ask_history(outside, room, visitor.id)).status_code == 400
    boss = await office.agent("livechat-manager")
    await office.grant("view-livechat-rooms", "admin")
    assert ids(await office.history(boss, room, visitor.id)) == [room]


async def test_refusals(office: Office) -> None:
    agent, stranger = await office.agent(), await office.person()
    visitor, another = await office.visitor(), await office.visitor()
    room, foreign = (await visitor.room())["_id"], (await another.room())["_id"]
    unseen = await office.agent(online=False)

    async def refused(person: Client, room_id: str, visitor_id: str, **query: Any) -> Any:
        answer = await office.ask_history(person, room_id, visitor_id, **query)
        return answer.status_code, answer.json()

    login = "You must be logged in to do this."
    unauthenticated = {"success": False, "error": login, "status": "error", "message": login}
    assert await refused(office.nobody, room, visitor.id) == (401, unauthenticated)
    wrong = Client(office.http, agent.headers | {"X-Auth-Token": "wrong"})
    assert await refused(wrong, room, visitor.id) == (401, unauthenticated)
    permission = "User does not have the permissions required for this action"
    assert await refused(stranger, room, visitor.id) == (
        403,
        {"success": False, "error": f"{permission} [error-unauthorized]"},
    )
    for room_id, visitor_id, error in (
        ("unknown", visitor.id, "invalid-room"),
        (room, another.id, "error-not-allowed"),
        (foreign, visitor.id, "error-not-allowed"),
        (room, "unknown", "error-not-allowed"),
    ):
        expected = (400, {"success": False, "error": error})
        assert await refused(agent, room_id, visitor_id) == expected
    assert await refused(unseen, room, visitor.id) == (
        400,
        {"success": False, "error": "error-not-allowed"},
    )

    for query, text in (
        ({"bogus": "1"}, "must NOT have additional properties"),
        ({"count": "abc"}, "must be number"),
        ({"count": "-1"}, "must be >= 0"),
        ({"offset": "2147483648"}, "must be <= 2147483647"),
    ):
        error = f"{text} [invalid-params]"
        body = {"success": False, "error": error, "errorType": "invalid-params"}
        assert await refused(agent, room, visitor.id, **query) == (400, body)


@pytest.mark.parametrize(
    "sort", ["x", '{"fname":1}', '{"ts":2}', '{"ts":"1"}', "null", "[]", '{"ts":true}']
)
async def test_a_sort_that_is_none(sqlite_office: Office, sort: str) -> None:
    office = sqlite_office
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    answer = await office.ask_history(agent, room, visitor.id, sort=sort)
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": f'Invalid sort parameter provided: "{sort}" [error-invalid-sort]',
        "errorType": "error-invalid-sort",
        "details": {"helperMethod": "parseJsonQuery"},
    }


async def test_sorts_and_offsets(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rooms = await closed_chats(office, visitor, 5)
    opened = (await visitor.room())["_id"]
    everything = [*rooms, opened]

    async def page(**query: Any) -> Json:
        return await office.history(agent, rooms[0], visitor.id, **query)

    assert ids(await page()) == everything[::-1]
    assert ids(await page(sort='{"ts":1}')) == everything
    # An open room has no closedAt: first when ascending, last when descending, on both engines.
    assert ids(await page(sort='{"closedAt":1}')) == [opened, *rooms]
    assert ids(await page(sort='{"closedAt":-1}')) == [*rooms[::-1], opened]
    by_msgs = await page(sort='{"msgs":1,"ts":-1}')
    assert [r["msgs"] for r in by_msgs["history"]] == sorted(r["msgs"] for r in by_msgs["history"])
    second = await page(offset=2, count=2)
    assert ids(second) == everything[::-1][2:4]
    assert (second["count"], second["offset"], second["total"]) == (2, 2, 6)
    beyond = await page(offset=100)
    assert (beyond["history"], beyond["count"], beyond["total"]) == ([], 0, 6)


async def test_cursor_pages_neither_skip_nor_repeat(office: Office) -> None:
    """While rooms open and close between the pages, in both directions."""
    agent = await office.agent()
    visitor = await office.visitor()
    rooms = await closed_chats(office, visitor, 7)

    async def page(**query: Any) -> Json:
        return await office.history(agent, rooms[0], visitor.id, **query)

    first = await page(count=3)
    seen, cursor = ids(first), first["cursor"]["next"]
    while cursor:
        await closed_chats(office, visitor, 1)
        answer = await page(count=3, cursor=cursor)
        assert answer["total"] == 7
        seen += ids(answer)
        cursor = answer.get("cursor", {}).get("next")
    assert seen == rooms[::-1]

    first = await page(count=4, sort='{"ts":1}')
    rest = await page(count=100, cursor=first["cursor"]["next"], sort='{"ts":1}')
    assert (ids(first) + ids(rest))[:7] == rooms
    assert "cursor" not in rest
    assert "cursor" not in await page(count=3, sort='{"lm":-1}')
    assert "cursor" not in await page(count=100)


async def test_rooms_of_one_moment_keep_their_order(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rooms = await closed_chats(office, visitor, 5)

    async def same_moment(tx: Any) -> None:
        for row in await tx.rows("SELECT id, doc FROM rooms"):
            doc = json.loads(row[1]) | {"ts": "2026-01-05T12:00:00.000Z"}
            await tx.rows("UPDATE rooms SET doc = $2 WHERE id = $1", row[0], json.dumps(doc))

    await office.db.act(same_moment)
    for sort, expected in (('{"ts":-1}', sorted(rooms, reverse=True)), ('{"ts":1}', sorted(rooms))):
        found: list[str] = []
        query: Json = {"sort": sort}
        while query:
            answer = await office.history(agent, rooms[0], visitor.id, count=2, **query)
            found += ids(answer)
            query = {"cursor": answer["cursor"]["next"]} if "cursor" in answer else {}
        assert found == expected


async def test_cursors_that_are_none_of_ours(office: Office) -> None:
    agent = await office.agent()
    visitor, another = await office.visitor(), await office.visitor()
    rooms = await closed_chats(office, visitor, 3)
    cursor = (await office.history(agent, rooms[0], visitor.id, count=1))["cursor"]["next"]
    other = await closed_chats(office, another, 3)

    async def error(room: str = rooms[0], of: str = visitor.id, **query: Any) -> Any:
        return (await office.ask_history(agent, room, of, **query)).json()

    invalid = {
        "success": False,
        "error": "[error-invalid-cursor]",
        "errorType": "error-invalid-cursor",
    }
    assert await error(cursor=cursor, offset=0) == invalid
    assert await error(cursor=cursor, sort='{"ts":1}') == invalid
    assert await error(cursor=cursor, sort='{"lm":-1}') == invalid
    assert await error(other[0], another.id, cursor=cursor) == invalid
    for text in ("", "x", cursor[:-1], cursor + "A", cursor + "=", "é", "A" * 10_000, "bnVsbA"):
        assert await error(cursor=text) == invalid, text
    assert (await error(cursor=cursor, sort='{"ts":-1}'))["success"] is True


async def test_a_contact_shares_its_history(office: Office) -> None:
    """Two visitors of one contact: either's room opens the door to either's history."""
    agent = await office.agent()
    phone, laptop = await office.visitor(name="Maria"), await office.visitor(name="Maria")
    on_phone, on_laptop = (await phone.room())["_id"], (await laptop.room())["_id"]
    assert (await office.ask_history(agent, on_phone, laptop.id)).status_code == 400

    async def merge(tx: Any) -> None:
        contact = await tx.value("SELECT contact_id FROM visitors WHERE id = $1", phone.id)
        await tx.rows("UPDATE visitors SET contact_id = $1 WHERE id = $2", contact, laptop.id)

    await office.db.act(merge)
    assert ids(await office.history(agent, on_phone, laptop.id)) == [on_laptop]


async def test_a_long_past_is_counted_to_its_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the event loop, that is, from which it is kept (history/service.py)."""
    for module in (store, service):
        monkeypatch.setattr(module, "QUICKLY_COUNTED", 2)
    agent = await office.agent()
    visitor = await office.visitor()
    rooms = await closed_chats(office, visitor, 5)
    store._page.cache_clear()

    first = await office.history(agent, rooms[0], visitor.id, count=2)
    assert (ids(first), first["total"]) == (rooms[:2:-1], 5)
    rest = await office.history(agent, rooms[0], visitor.id, cursor=first["cursor"]["next"])
    assert (ids(rest), rest["total"]) == (rooms[2::-1], 5)
    deep = await office.history(agent, rooms[0], visitor.id, offset=4)
    assert (ids(deep), deep["total"]) == ([rooms[0]], 5)
    store._page.cache_clear()
