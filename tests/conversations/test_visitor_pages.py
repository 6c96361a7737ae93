"""Pages that a visitor looks at: before there is a visitor, and in their room."""

from typing import Any

from parley.db.documents import decode
from parley.jobs import Worker
from parley.messages import pages_store
from parley.work import JOBS
from tests.clock import Clock
from tests.office import Client, Json, Office

PATH = "livechat/page.visited"


async def visit(office: Office, token: str, title: str, **more: Any) -> Json:
    info = {"title": title, "change": "url", "location": {"href": f"https://x.example/{title}"}}
    return await office.nobody.post(PATH, token=token, pageInfo=info, **more)


async def pages(person: Client, room: str, **query: Any) -> list[Json]:
    answer = await person.get(f"livechat/visitors.pagesVisited/{room}", **query)
    listed: list[Json] = answer["pages"]
    assert answer["count"] == len(listed)
    return listed


def titles(listed: list[Json]) -> list[str]:
    return [page["navigation"]["page"]["title"] for page in listed]


async def test_pages_wait_for_the_room_and_then_enter_it(office: Office, clock: Clock) -> None:
    anna = await office.agent()
    info = {"title": "One", "change": "url", "location": {"href": "https://x.example/One"}}
    answer = await visit(office, "secret-token", "One")
    assert answer["page"] == {
        "msg": "One - https://x.example/One",
        "navigation": {"page": info, "token": "secret-token"},
    }
    clock.wait(seconds=5)
    await visit(office, "secret-token", "Two", rid="no such room")
    other = {"title": "T", "change": "title", "location": {"href": "h"}}
    answer = await office.nobody.post(PATH, token="secret-token", pageInfo=other)
    assert answer == {"success": True}
    await visit(office, "somebody else", "Three")
    stored = await office.db.read(lambda q: q.rows("SELECT doc, token_hash FROM pending_pages"))
    assert len(stored) == 3
    assert not [row for row in stored if "secret-token" in "".join(row)]

    clock.wait(seconds=5)
    visitor = await office.visitor(token="secret-token")
    room = await visitor.room()
    assert room["msgs"] == 6
    assert room["lastMessage"]["t"] == "livechat-started"
    assert titles(await pages(anna, room["_id"])) == ["Two", "One"]
    clock.wait(seconds=5)
    await visit(office, visitor.token, "Four", rid=room["_id"])
    assert (await visitor.room())["msgs"] == 7
    listed = await pages(anna, room["_id"], sort='{"ts":1}')
    assert titles(listed) == ["One", "Two", "Four"]
    assert titles(await pages(anna, room["_id"], count=1, offset=1)) == ["Two"]
    handle = room["v"]["token"]
    assert handle == "secret-token"
    seen = (await anna.get("rooms.info", roomId=room["_id"]))["room"]["v"]["token"]
    assert {page["navigation"]["token"] for page in listed} == {seen} != {"secret-token"}
    assert {page["u"]["username"] for page in listed} == {"rocket.cat"}
    assert all(page["_hidden"] and page["rid"] == room["_id"] for page in listed)
    # Hidden: not in the conversation.
    messages = f"livechat/messages.history/{room['_id']}"
    history = (await office.nobody.get(messages, token=visitor.token))["messages"]
    assert "livechat_navigation_history" not in {message.get("t") for message in history}
    left = await office.db.read(lambda q: q.rows("SELECT doc FROM pending_pages"))
    assert titles([decode(row[0]) for row in left]) == ["Three"]


async def test_pages_can_be_shown_in_the_conversation(office: Office) -> None:
    await office.setting("Livechat_Visitor_navigation_as_a_message", True)
    await office.agent()
    visitor = await office.visitor()
    await visit(office, visitor.token, "Before")
    room = (await visitor.room())["_id"]
    await visit(office, visitor.token, "After", rid=room)
    messages = f"livechat/messages.history/{room}"
    history = (await office.nobody.get(messages, token=visitor.token))["messages"]
    shown = [message for message in history if message.get("t") == "livechat_navigation_history"]
    assert titles(shown) == ["After", "Before"]
    assert {page["navigation"]["token"] for page in shown} == {visitor.token}


async def test_nobody_writes_into_anothers_room_or_a_closed_one(office: Office) -> None:
    anna = await office.agent()
    visitor, other = await office.visitor(), await office.visitor()
    room = (await visitor.room())["_id"]
    await visit(office, other.token, "Foreign", rid=room)
    await visitor.close(room)
    await visit(office, visitor.token, "Late", rid=room)
    assert await pages(anna, room) == []
    assert titles(await pages(anna, (await visitor.room())["_id"])) == ["Late"]
    assert titles(await pages(anna, (await other.room())["_id"])) == ["Foreign"]


async def test_who_may_look(office: Office) -> None:
    ben = await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    await visit(office, visitor.token, "One", rid=room)
    assert titles(await pages(ben, room)) == ["One"]
    assert titles(await pages(office.admin, room)) == ["One"]
    stranger = await office.agent()
    path = "livechat/visitors.pagesVisited"
    for person, where, error in (
        (stranger, room, "error-not-allowed"),
        (ben, "nowhere", "invalid-room"),
    ):
        answer = await person.refused("GET", f"{path}/{where}")
        assert answer == (400, {"success": False, "error": error})


async def test_nothing_grows_without_end(office: Office, clock: Clock, monkeypatch: Any) -> None:
    anna = await office.agent()
    monkeypatch.setattr(pages_store, "MOST_PENDING", 3)
    for n in range(5):
        clock.wait(seconds=1)
        await visit(office, "t", f"P{n}")
    long = {"title": "t" * 999, "change": "url", "location": {"href": "h" * 9999, "more": 1}}
    answer = await office.nobody.post(PATH, token="long", pageInfo=long)
    assert len(answer["page"]["msg"]) == 255 + 3 + 2048
    blank = {"token": " ", "pageInfo": long}
    assert (await office.nobody.refused("POST", PATH, json=blank))[0] == 400
    visitor = await office.visitor(token="t")
    assert titles(await pages(anna, (await visitor.room())["_id"])) == ["P4", "P3", "P2"]
    await visit(office, "old", "Old")
    clock.wait(days=30, seconds=1)
    assert await pages(anna, (await (await office.visitor(token="old")).room())["_id"]) == []
    await visit(office, "new", "New")
    await Worker(office.db, {"tidy": JOBS["tidy"]}).run_what_is_due()
    await JOBS["tidy"](office.db, {})
    left = await office.db.read(lambda q: q.rows("SELECT doc FROM pending_pages"))
    assert titles([decode(row[0]) for row in left]) == ["New"]
