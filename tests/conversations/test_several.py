"""POST livechat/messages: a visitor, a room and messages in one call."""

import asyncio
from typing import Any

from tests.office import Json, Office

PATH = "livechat/messages"


def body(token: str, *texts: str, **visitor: Any) -> Json:
    return {"visitor": {"token": token, **visitor}, "messages": [{"msg": text} for text in texts]}


async def test_a_new_visitor_writes_at_once(office: Office) -> None:
    await office.agent()
    bridge = await office.person()
    answer = await bridge.post(PATH, **body("t", "one", "two", name="Maria"))
    visitor = (await office.nobody.get("livechat/visitor/t"))["visitor"]
    assert visitor["name"] == "Maria"
    room = (await office.nobody.get("livechat/room", token="t"))["room"]
    path = f"livechat/messages.history/{room['_id']}"
    stored = (await office.nobody.get(path, token="t"))["messages"]
    said = [m for m in reversed(stored) if "t" not in m]
    shown = [{"username": visitor["username"], "msg": m["msg"], "ts": m["ts"]} for m in said]
    assert answer == {"messages": shown, "success": True}
    assert [(m["msg"], m["newRoom"]) for m in said] == [("one", True), ("two", False)]
    assert room["msgs"] == 4 + 2
    # Then the room is used again, and nothing about the visitor changes.
    await bridge.post(PATH, **body("t", "three", name="Somebody"))
    again = (await office.nobody.get("livechat/room", token="t"))["room"]
    assert (again["_id"], again["msgs"], again["fname"]) == (room["_id"], 7, "Maria")
    await office.nobody.post("livechat/room.close", token="t", rid=room["_id"])
    await bridge.post(PATH, **body("t", "four"))
    assert (await office.nobody.get("livechat/room", token="t"))["room"]["_id"] != room["_id"]


async def test_however_many_at_once_there_is_one_visitor_and_one_room(office: Office) -> None:
    await office.agent()
    bridge = await office.person()
    texts = [f"{n}" for n in range(12)]
    calls = [bridge.call("POST", PATH, json=body("t", text, text)) for text in texts]
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200] * 12
    rooms = await office.db.read(lambda q: q.rows("SELECT id FROM rooms"))
    visitors = await office.db.read(lambda q: q.rows("SELECT id FROM visitors"))
    assert (len(rooms), len(visitors)) == (1, 1)
    path = f"livechat/messages.history/{rooms[0][0]}"
    stored = (await office.nobody.get(path, token="t", count=100))["messages"]
    assert sorted(m["msg"] for m in stored if "t" not in m) == sorted(texts * 2)


async def test_while_the_room_is_being_closed_none_is_lost(office: Office) -> None:
    await office.agent()
    bridge, visitor = await office.person(), await office.visitor(token="t")
    for n in range(8):
        room = (await visitor.room())["_id"]
        written, _ = await asyncio.gather(
            bridge.call("POST", PATH, json=body("t", f"{n}")),
            office.nobody.call("POST", "livechat/room.close", json={"token": "t", "rid": room}),
        )
        assert written.status_code == 200, written.text
    sql = "SELECT count(*) FROM messages WHERE kind IS NULL"
    assert await office.db.read(lambda q: q.value(sql)) == 8


async def test_all_or_nothing(office: Office) -> None:
    bridge = await office.person()

    async def error(**sent: Any) -> str:
        return str((await bridge.refused("POST", PATH, json=sent))[1]["error"])

    offline = await error(**body("t", "x"))
    assert offline == "Sorry, no online agents [no-agent-online]"
    assert (await office.nobody.refused("GET", "livechat/visitor/t"))[0] == 400
    await office.agent()
    too_long = await error(**body("t", "x", "x" * 5001))
    assert too_long.endswith("[error-message-size-exceeded]")
    assert (await office.nobody.refused("GET", "livechat/visitor/t"))[0] == 400
    assert await error(**body(" ", "x")) == "Token cannot be empty [error-invalid-token]"
    fewer = "must NOT have fewer than 1 items [invalid-params]"
    assert await error(**body("t")) == fewer
    more = "must NOT have more than 100 items [invalid-params]"
    assert await error(**body("t", *["x"] * 101)) == more
    missing = "must have required property 'visitor' [invalid-params]"
    assert await error(messages=[]) == missing
    assert (await office.nobody.refused("POST", PATH, json=body("t", "x")))[0] == 401
