"""What is unread, and what a client is told of its rooms when it comes back."""

from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office


async def subscription(person: Client, room_id: str) -> Json:
    found: Json = (await person.get("subscriptions.getOne", roomId=room_id))["subscription"]
    return found


async def unread(person: Client, room_id: str) -> tuple[int, bool]:
    found = await subscription(person, room_id)
    return found["unread"], found["alert"]


async def test_messages_are_unread_until_they_are_read(office: Office, clock: Clock) -> None:
    agent, manager = await office.agent(), await office.person("livechat-manager")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await manager.get("livechat/room.join", roomId=rid)
    assert await unread(agent, rid) == (1, True)
    read = clock.wait(seconds=1)
    assert await agent.post("subscriptions.read", rid=rid) == {"success": True}
    await manager.post("subscriptions.read", roomId=rid, readThreads=True)
    mine = await subscription(agent, rid)
    assert (mine["unread"], mine["alert"], mine["userMentions"], mine["ls"]) == (0, False, 0, read)
    for _ in range(2):
        await visitor.say(rid, "hi")
    assert await unread(agent, rid) == await unread(manager, rid) == (2, True)
    # The same message sent again is no new one, and one's own is read.
    await visitor.say(rid, "x", _id="once")
    await visitor.say(rid, "x", _id="once")
    await agent.post("chat.sendMessage", message={"rid": rid, "msg": "hello"})
    assert await unread(agent, rid) == (3, True)
    assert await unread(manager, rid) == (4, True)
    await office.setting("Unread_Count_Omni", "mentions_only")
    await agent.post("subscriptions.read", rid=rid)
    await visitor.say(rid, "still there?")
    assert await unread(agent, rid) == (0, True)
    assert await broken(office) == {}


async def test_what_reading_is_refused_for(office: Office) -> None:
    await office.agent()
    other = await office.agent(online=False)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    for person, room in ((other, rid), (other, "?"), (office.admin, "?")):
        status, body = await person.refused("POST", "subscriptions.read", json={"rid": room})
        assert (status, body["error"]) == (400, "error-invalid-subscription")
    status, body = await other.refused("POST", "subscriptions.read", json={})
    text = "must have required property 'rid'\n must have required property 'roomId'"
    text += "\n must match a schema in anyOf [invalid-params]"
    assert body == {"success": False, "error": text, "errorType": "invalid-params"}
    # An admin looks without taking part.
    assert await office.admin.post("subscriptions.read", rid=rid) == {"success": True}
    assert await subscription(office.admin, rid) is None


async def test_a_client_that_comes_back_is_told_what_changed(office: Office, clock: Clock) -> None:
    agent = await office.agent()
    visitors = [await office.visitor() for _ in range(3)]
    first, second, third = [(await visitor.room())["_id"] for visitor in visitors]
    everything = await agent.get("rooms.get")
    assert {room["_id"] for room in everything["update"]} == {first, second, third}
    assert everything["remove"] == []
    ids = {s["rid"]: s["_id"] for s in (await agent.get("subscriptions.get"))["update"]}
    since = clock.wait(seconds=1)
    ended = clock.wait(seconds=1)
    await visitors[0].close(first)
    await visitors[1].say(second, "hi")
    rooms = await agent.get("rooms.get", updatedSince=since)
    assert [room["_id"] for room in rooms["update"]] == [second]
    assert rooms["remove"] == [{"_id": first, "_deletedAt": ended}]
    changed = await agent.get("subscriptions.get", updatedSince=since)
    assert [(s["rid"], s["unread"]) for s in changed["update"]] == [(second, 2)]
    assert changed["remove"] == [{"_id": ids[first], "_deletedAt": ended}]
    later = await agent.get("rooms.get", updatedSince=clock.wait(seconds=1))
    assert (later["update"], later["remove"]) == ([], [])
    assert (await office.admin.get("rooms.get"))["update"] == []
    status, body = await agent.refused("GET", "rooms.get", params={"updatedSince": "x"})
    assert (status, body["errorType"]) == (400, "error-updatedSince-param-invalid")


async def test_who_left_and_came_back_is_not_told_to_drop_the_room(
    office: Office, clock: Clock
) -> None:
    ann, ben = await office.agent(), await office.agent()
    visitor = await office.visitor()
    query = {"token": visitor.token, "agentId": ann.user_id}
    rid = (await office.nobody.get("livechat/room", **query))["room"]["_id"]
    since = clock.wait(seconds=1)
    for agent in (ben, ann):
        clock.wait(seconds=1)
        await office.admin.post("livechat/room.forward", roomId=rid, userId=agent.user_id)
    assert (await ann.get("rooms.get", updatedSince=since))["remove"] == []
    gone = await ben.get("rooms.get", updatedSince=since)
    assert (gone["update"], [r["_id"] for r in gone["remove"]]) == ([], [rid])
    assert await broken(office) == {}
