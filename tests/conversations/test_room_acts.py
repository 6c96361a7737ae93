"""Joining, noting, judging, giving to another visitor, deleting."""

from typing import Any

from parley.db.documents import decode
from parley.rooms import removal_store
from tests.books import broken
from tests.office import Json, Office

JOIN, SAVE, SURVEY = "livechat/room.join", "livechat/room.saveInfo", "livechat/room.survey"
DELETE, DELETE_ALL = "livechat/rooms.delete", "livechat/rooms.removeAllClosedRooms"


async def seen(office: Office, room_id: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    return room


async def column(office: Office, sql: str, *args: Any) -> list[Any]:
    return [row[0] for row in await office.db.read(lambda q: q.rows(sql, *args))]


async def test_joining(office: Office) -> None:
    await office.agent()
    manager, other = await office.person("livechat-manager"), await office.agent(online=False)
    visitor, gone = await office.visitor(), await office.visitor()
    rid, closed = [(await v.room())["_id"] for v in (visitor, gone)]
    await gone.close(closed)
    before = await seen(office, rid)
    for _ in range(2):  # the second time nothing is to be done
        assert await manager.get(JOIN, roomId=rid) == {"success": True}
    room = await seen(office, rid)
    assert (room["usersCount"], room["msgs"]) == (before["usersCount"] + 1, before["msgs"] + 1)
    path = f"livechat/messages.history/{rid}"
    newest = (await office.nobody.get(path, token=visitor.token, limit=1))["messages"][0]
    name = (await manager.get("me"))["username"]
    assert (newest["t"], newest["msg"], newest["u"]["username"]) == ("uj", name, name)
    # Joining moves neither what was said last nor whose turn it is.
    for key in ("lm", "lastMessage", "servedBy", "waitingResponse"):
        assert room[key] == before[key]
    for person, room_id, error in (
        (other, "?", "error-invalid-room"),
        (other, closed, "room-closed"),
        (other, rid, "error-not-allowed"),
    ):
        answer = await person.refused("GET", JOIN, params={"roomId": room_id})
        assert answer == (400, {"success": False, "error": error})
    assert await broken(office) == {}


async def test_what_an_agent_notes(office: Office) -> None:
    agent, other = await office.agent(), await office.agent(online=False)
    visitor, stranger = await office.visitor(name="M"), await office.visitor(name="S")
    rid = (await visitor.room())["_id"]
    guest: Json = {"_id": visitor.id, "name": " Maria ", "email": "A@B.example ", "phone": "12"}
    room: Json = {"_id": rid, "topic": "tea", "tags": ["a", "b", "a", " "]}
    assert await agent.post(SAVE, guestData=guest, roomData=room) == {"success": True}
    doc = (await office.nobody.get(f"livechat/visitor/{visitor.token}"))["visitor"]
    assert (doc["name"], doc["visitorEmails"], doc["phone"]) == (
        "Maria",
        [{"address": "a@b.example"}],
        [{"phoneNumber": "12"}],
    )
    found = await seen(office, rid)
    assert (found["topic"], found["tags"], found["fname"]) == ("tea", ["a", "b"], "M")
    [contact] = await column(office, "SELECT doc ->> 'name' FROM contacts ORDER BY 1 LIMIT 1")
    assert contact == "Maria"
    # What is blank changes nothing of the visitor; no tags are no tags.
    await agent.post(SAVE, guestData={"_id": visitor.id, "name": " "}, roomData={"_id": rid})
    found = await seen(office, rid)
    assert ("tags" in found, found["topic"]) == (False, "tea")
    await agent.post(SAVE, guestData={"_id": visitor.id}, roomData={"_id": rid, "topic": ""})
    assert "topic" not in await seen(office, rid)
    again = (await office.nobody.get(f"livechat/visitor/{visitor.token}"))["visitor"]
    assert again == doc | {"_updatedAt": again["_updatedAt"]}
    for person, guest_id, room_id, answer in (
        (agent, visitor.id, "?", (400, {"success": False, "error": "error-invalid-room"})),
        (other, visitor.id, rid, (403, {"success": False, "error": "unauthorized"})),
        (agent, "?", rid, (400, {"success": False, "error": ""})),
        # Somebody else is not renamed by way of one's own room.
        (agent, stranger.id, rid, (400, {"success": False, "error": ""})),
    ):
        body = {"guestData": {"_id": guest_id, "name": "X"}, "roomData": {"_id": room_id}}
        assert await person.refused("POST", SAVE, json=body) == answer
    doc = (await office.nobody.get(f"livechat/visitor/{stranger.token}"))["visitor"]
    assert doc["name"] == "S"


async def test_custom_fields_that_an_agent_fills_in(office: Office) -> None:
    agent = await office.agent()
    for key, scope in (("plan", "visitor"), ("order", "room"), ("item", "room")):
        field = {"field": key, "label": key, "scope": scope, "visibility": "visible"}
        pattern = {"regexp": "^[a-z]+$", "searchable": scope == "visitor"}
        await office.admin.post("livechat/custom-fields.save", customFieldData=field | pattern)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]

    async def save(guest: Json, room: Json) -> None:
        body = {"guestData": {"_id": visitor.id, "livechatData": guest}}
        await agent.post(SAVE, **body, roomData={"_id": rid, "livechatData": room})

    async def kept() -> list[Any]:
        path = f"livechat/visitor/{visitor.token}"
        doc = (await office.nobody.get(path))["visitor"]
        [contact] = await column(office, "SELECT doc FROM contacts")
        fields = decode(contact).get("customFields")
        return [doc.get("livechatData"), (await seen(office, rid)).get("livechatData"), fields]

    # What is no field of that scope is left out.
    await save(
        {"plan": " gold ", "order": "x"}, {"order": "abc", "item": "x", "plan": "y", "?": "z"}
    )
    assert await kept() == [{"plan": "gold"}, {"order": "abc", "item": "x"}, {"plan": "gold"}]
    found = await agent.get("livechat/visitors.search", term="gold")
    assert [one["_id"] for one in found["visitors"]] == [visitor.id]
    await save({}, {"item": " ", "order": "b"})
    assert await kept() == [{"plan": "gold"}, {"order": "b"}, {"plan": "gold"}]
    for guest, room in (({"plan": "GOLD"}, {"order": "c"}), ({"plan": "c"}, {"order": 5})):
        body = {"guestData": {"_id": visitor.id, "livechatData": guest}}
        body |= {"roomData": {"_id": rid, "livechatData": room}}
        status, answer = await agent.refused("POST", SAVE, json=body)
        key = "order" if 5 in room.values() else "plan"
        assert (status, answer["error"]) == (400, f"Invalid value for {key} field")
    await office.grant("edit-livechat-room-customfields", "admin")
    await save({"plan": "silver"}, {"order": "d"})
    assert await kept() == [{"plan": "gold"}, {"order": "d"}, {"plan": "gold"}]
    await office.grant("edit-livechat-room-customfields", "admin", "livechat-agent")
    await save({"plan": ""}, {})
    assert await kept() == [{}, {"order": "d"}, {}]
    for key, error in (("priorityId", "error-invalid-priority"), ("slaId", "error-invalid-sla")):
        room = {"_id": rid, "topic": "never", key: "no such"}
        asked: Json = {"guestData": {"_id": visitor.id}, "roomData": room}
        refused = await agent.refused("POST", SAVE, json=asked)
        assert refused == (400, {"success": False, "error": error})
    assert "topic" not in await seen(office, rid)


async def test_a_visitor_judges(office: Office) -> None:
    await office.agent()
    visitor, stranger = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    given = {
        "satisfaction": "5",
        "agentKnowledge": "6",
        "agentResposiveness": "1",
        "mood": "3",
        "additionalFeedback": 'fine "thanks"',
    }
    body = {"token": visitor.token, "rid": rid}
    data = [{"name": name, "value": value} for name, value in given.items()]
    kept = {name: given[name] for name in given if name not in ("agentKnowledge", "mood")}
    for _ in range(2):
        answer = await office.nobody.post(SURVEY, **body, data=data)
        assert answer == {"rid": rid, "data": kept, "success": True}
        assert (await seen(office, rid))["surveyFeedback"] == kept
        if "open" in await seen(office, rid):
            await visitor.close(rid)
    for change, error in (
        ({"token": "?"}, "invalid-token"),
        ({"rid": "?"}, "invalid-room"),
        ({"token": stranger.token}, "invalid-room"),
        ({"data": [{"name": "satisfaction", "value": "9"}]}, "invalid-data"),
        ({"data": []}, "must NOT have fewer than 1 items [invalid-params]"),
    ):
        wrong = body | {"data": data} | change
        refused = await office.nobody.refused("POST", SURVEY, json=wrong)
        assert (refused[0], refused[1]["error"]) == (400, error)


async def test_a_room_turns_out_to_be_another_visitors(office: Office) -> None:
    agent = await office.agent()
    visitor, right, busy = [await office.visitor(name=name) for name in ("One", "Two", "Three")]
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi")
    await busy.room()
    source = {"visitorId": visitor.id, "source": {"type": "api"}}
    await agent.post("omnichannel/contacts.verify", visitor=source)
    assert (await visitor.room())["verified"] is True
    path = "livechat/room.visitor"

    def body(new: str, old: str = visitor.id, room: str = rid) -> Json:
        return {"rid": room, "oldVisitorId": old, "newVisitorId": new}

    for wrong, error in (
        (body("?"), "invalid-visitor"),
        (body(right.id, room="?"), "invalid-room"),
        (body(right.id, old=busy.id), "invalid-room-visitor"),
        (body(busy.id), "invalid-visitor"),
    ):
        answer = await agent.refused("PUT", path, json=wrong)
        assert answer == (400, {"success": False, "error": error})
    room = (await agent.call("PUT", path, json=body(right.id))).json()["room"]
    assert (room["v"]["_id"], room["fname"], room["verified"]) == (right.id, "Two", False)
    assert (await right.room())["_id"] == rid
    history = await office.history(agent, rid, right.id)
    assert [r["_id"] for r in history["history"]] == [rid]
    assert (await office.ask_history(agent, rid, visitor.id)).status_code == 400
    assert set(await column(office, "SELECT visitor_id FROM messages WHERE room_id = $1", rid)) == {
        right.id
    }
    # The one whose it was not starts anew; the right one goes on.
    assert (await visitor.room())["_id"] != rid
    await right.say(rid, "it is me")
    assert await broken(office) == {}


async def test_deleting_a_closed_room(office: Office) -> None:
    agent, manager = await office.agent(), await office.person("livechat-manager")
    visitor = await office.visitor()
    kept, rid = [(await visitor.room())["_id"] for _ in range(2)]
    await visitor.say(rid, "hi")
    assert kept == rid
    refused = await manager.refused("POST", DELETE, json={"roomId": rid})
    assert refused == (400, {"success": False})
    await visitor.close(rid)
    assert (await agent.refused("POST", DELETE, json={"roomId": rid}))[0] == 403
    again = (await visitor.room())["_id"]
    assert await manager.post(DELETE, roomId=rid) == {"success": True}
    refused = await manager.refused("POST", DELETE, json={"roomId": rid})
    assert refused == (400, {"success": False, "error": "Invalid room"})
    history = await office.history(manager, again, visitor.id)
    assert [room["_id"] for room in history["history"]] == [again]
    for sql in (
        "SELECT id FROM messages WHERE room_id = $1",
        "SELECT name FROM streams WHERE name = 'room:' || $1",
        "SELECT stream FROM outbox WHERE stream = 'room:' || $1",
    ):
        assert await column(office, sql, rid) == [], sql
    sql = "SELECT doc ->> '_id' FROM outbox WHERE kind = 'room-deleted' AND stream = 'queue:public'"
    assert await column(office, sql) == [rid]
    [entry] = (await office.admin.get("audit.events", t="room.deleted"))["events"]
    assert (entry["actor"]["_id"], entry["target"]["_id"]) == (manager.user_id, rid)
    assert await broken(office) == {}


async def test_deleting_all_closed_rooms(office: Office, monkeypatch: Any) -> None:
    """A few at a time: with batches of two, by rooms or by messages, none is left or forgotten."""
    monkeypatch.setattr(removal_store, "MOST_ROOMS", 2)
    agent, manager = await office.agent(), await office.person("livechat-manager")
    sales, support = [(await office.department(agent))["_id"] for _ in range(2)]
    rooms: dict[str, list[str]] = {}
    for department in (sales, sales, sales, support):
        visitor = await office.visitor(department=department)
        rid = (await visitor.room())["_id"]
        await visitor.close(rid)
        rooms.setdefault(department, []).append(rid)
    open_room = (await (await office.visitor(department=sales)).room())["_id"]
    assert (await agent.refused("POST", DELETE_ALL, json={}))[0] == 403

    async def removed(**body: Any) -> int:
        return int((await manager.post(DELETE_ALL, **body))["removedRooms"])

    assert await removed(departmentIds=[]) == await removed(departmentIds=["?"]) == 0
    assert await removed(departmentIds=[sales, "?"]) == 3
    assert set(await column(office, "SELECT id FROM rooms")) == {*rooms[support], open_room}
    logged = (await office.admin.get("audit.events", t="rooms.deleted"))["events"]
    assert sorted(r for entry in logged for r in entry["data"]["rooms"]) == sorted(rooms[sales])
    monkeypatch.setattr(removal_store, "MOST_MESSAGES", 1)
    assert await removed() == 1
    assert await column(office, "SELECT id FROM rooms") == [open_room]
    assert await broken(office) == {}


async def test_reading_a_room_as_a_channel(office: Office) -> None:
    agent, other = await office.agent(), await office.agent(online=False)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    texts = [f"message {n}" for n in range(5)]
    sent = [await visitor.say(rid, text) for text in texts]
    info = await agent.get("channels.info", roomId=rid)
    assert info["channel"] == (await agent.get("rooms.info", roomId=rid))["room"]
    answer = await agent.get("channels.messages", roomId=rid, count=2, offset=1)
    assert [m["msg"] for m in answer["messages"]] == ["message 3", "message 2"]
    assert (answer["count"], answer["offset"], answer["total"]) == (2, 1, 8)
    answer = await agent.get("channels.messages", roomId=rid, sort='{"ts":1}')
    assert answer["messages"][0]["t"] == "livechat-started"
    answer = await agent.get("channels.history", roomId=rid)
    assert [m["msg"] for m in answer["messages"][:5]] == list(reversed(texts))
    assert len(answer["messages"]) == 8
    assert answer["messages"][0]["token"] != visitor.token
    bounds = {"oldest": sent[1]["ts"], "latest": sent[3]["ts"]}
    for inclusive in ("true", "false"):
        answer = await agent.get("channels.history", roomId=rid, inclusive=inclusive, **bounds)
        low, high = bounds["oldest"], bounds["latest"]
        wanted = [m["msg"] for m in sent if low < m["ts"] < high]
        if inclusive == "true":
            wanted = [m["msg"] for m in sent if low <= m["ts"] <= high]
        assert [m["msg"] for m in answer["messages"]] == wanted[::-1]
    for path in ("channels.history", "channels.messages"):
        assert (await other.refused("GET", path, params={"roomId": rid}))[0] == 403
        status, body = await agent.refused("GET", path, params={"roomId": "?"})
        assert (status, body["errorType"]) == (400, "error-room-not-found")
    status, body = await agent.refused("GET", "channels.history")
    assert body["errorType"] == "error-roomid-param-not-provided"
    path = f"livechat/transfer.history/{rid}"
    assert (await office.admin.refused("GET", "livechat/transfer.history/x"))[1]["error"] == (
        "invalid-room"
    )
    assert (await agent.refused("GET", path))[0] == 403
