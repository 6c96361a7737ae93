"""Visitors' own small calls: status, calls, the agent; and matching for those who may."""

from tests.office import Json, Office


async def test_a_status_is_told_on_the_open_room_and_in_the_queue(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    anna = await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    answer = await office.nobody.post("livechat/visitor.status", token=visitor.token, status="away")
    assert answer == {"token": visitor.token, "status": "away", "success": True}
    assert (await anna.get("rooms.info", roomId=room))["room"]["v"]["status"] == "away"
    as_documented = {"token": visitor.token, "status": "busy"}
    assert await office.nobody.post("livechat/visitors.status", **as_documented)
    assert (await anna.get("rooms.info", roomId=room))["room"]["v"]["status"] == "busy"
    await office.nobody.post("livechat/visitor.status", token=visitor.token, status="away")
    sql = "SELECT doc -> 'v' ->> 'status' FROM inquiries"
    assert await office.db.read(lambda q: q.value(sql)) == "away"
    await visitor.close(room)
    await office.nobody.post("livechat/visitor.status", token=visitor.token, status="online")
    assert (await anna.get("rooms.info", roomId=room))["room"]["v"]["status"] == "offline"
    unknown = {"success": False, "error": "[invalid-token]", "errorType": "invalid-token"}
    body = {"token": "nobody", "status": "x"}
    refused = office.nobody.refused
    assert await refused("POST", "livechat/visitor.status", json=body) == (400, unknown)
    body = {"token": visitor.token, "status": "x" * 65}
    assert (await refused("POST", "livechat/visitor.status", json=body))[0] == 400
    body = {"token": "t", "status": "s", "x": "y"}
    error = "Match error: Unknown key in field x"
    answer_to = await refused("POST", "livechat/visitor.status", json=body)
    assert answer_to == (400, {"success": False, "error": error})


async def test_a_call_is_noted_on_the_own_open_room(office: Office) -> None:
    await office.agent()
    visitor, other = await office.visitor(), await office.visitor()
    room = (await visitor.room())["_id"]
    path, body = "livechat/visitor.callStatus", {"rid": room, "callId": "1", "callStatus": "ended"}
    answer = await office.nobody.post(path, token=visitor.token, **body)
    assert answer == {"token": visitor.token, "callStatus": "ended", "success": True}
    assert (await visitor.room())["callStatus"] == "ended"
    for token, error in ((other.token, "invalid-room"), ("nobody", "[invalid-token]")):
        answer = (await office.nobody.refused("POST", path, json={"token": token, **body}))[1]
        assert answer["error"] == error


async def test_the_agent_as_visitors_see_them(office: Office) -> None:
    anna = await office.agent(username="anna")
    visitor, other = await office.visitor(), await office.visitor()
    room = (await visitor.room())["_id"]
    path = f"livechat/agent.info/{room}"
    agent = (await office.nobody.get(f"{path}/{visitor.token}"))["agent"]
    assert agent == {
        "_id": anna.user_id,
        "name": "Anna",
        "username": "anna",
        "status": "online",
        "emails": [{"address": "anna@office.example", "verified": False}],
    }
    said = {"maxNumberSimultaneousChat": "5", "note": "of the office"}
    wanted = {"agentId": anna.user_id, "agentData": said, "agentDepartments": []}
    await office.admin.post("livechat/agents.saveInfo", **wanted)
    agent = (await office.nobody.get(f"{path}/{visitor.token}"))["agent"]
    assert agent["livechat"] == {"maxNumberSimultaneousChat": "5"}
    await office.setting("Livechat_show_agent_email", False)
    assert "emails" not in (await office.nobody.get(f"{path}/{visitor.token}"))["agent"]
    fields = '{"desk":{"type":"text","sendToIntegrations":true},"salary":{"type":"text"}}'
    await office.setting("Accounts_CustomFields", fields)
    await office.patch("users", anna.user_id, customFields={"desk": "4", "salary": "9"})
    agent = (await office.nobody.get(f"{path}/{visitor.token}"))["agent"]
    assert agent["customFields"] == {"desk": "4"}
    await office.setting("Livechat_show_agent_info", False)
    agent = (await office.nobody.get(f"{path}/{visitor.token}"))["agent"]
    assert agent == {"hiddenInfo": True}
    for token, error in ((other.token, "invalid-room"), ("nobody", "invalid-token")):
        answer = await office.nobody.refused("GET", f"{path}/{token}")
        assert answer == (400, {"success": False, "error": error})
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    waits = f"livechat/agent.info/{(await other.room())['_id']}/{other.token}"
    answer = await office.nobody.refused("GET", waits)
    assert answer == (400, {"success": False, "error": "invalid-agent"})


async def test_the_open_room_of_a_token(office: Office) -> None:
    anna = await office.agent()
    visitor = await office.visitor()
    path = f"livechat/visitor/{visitor.token}/room"
    assert (await office.admin.get(path))["rooms"] == []
    room = await visitor.room()
    shown = {key: room[key] for key in ("_id", "t", "cl", "servedBy")}
    assert (await office.admin.get(path))["rooms"] == [shown]
    assert (await anna.refused("GET", path))[0] == 403
    # The permission for this list opens no room that its holder may not see.
    await office.grant("view-livechat-manager", "admin", "livechat-agent")
    assert (await anna.get(path))["rooms"] == [shown]
    stranger = await office.agent()
    assert (await stranger.get(path))["rooms"] == []
    await visitor.close(room["_id"])
    assert (await office.admin.get(path))["rooms"] == []
    assert (await office.admin.get("livechat/visitor/nobody/room"))["rooms"] == []


async def test_who_sees_visitors_may_match_them_by_phone_and_address(office: Office) -> None:
    bridge = await office.agent("bot")
    first = await office.visitor(phone="+1 555", email="a@x.example", name="First")
    room = (await first.room())["_id"]

    async def register(**fields: str) -> Json:
        visitor: Json = (await bridge.post("livechat/visitor", visitor=fields))["visitor"]
        return visitor

    by_phone = await register(token="t1", phone=" +1 555", email="b@x.example")
    assert (by_phone["_id"], by_phone["token"]) == (first.id, first.token)
    assert by_phone["visitorEmails"] == [{"address": "b@x.example"}]
    by_email = await register(token="t2", email="B@x.example", phone="2")
    assert (by_email["_id"], by_email["token"]) == (first.id, "t2")
    assert (await office.nobody.refused("GET", f"livechat/visitor/{first.token}"))[0] == 400
    opened = await office.nobody.get("livechat/room", token="t2")
    assert (opened["room"]["_id"], opened["room"]["v"]["token"]) == (room, "t2")
    assert (await register(token="t3", phone="3"))["_id"] != first.id
    # A token comes before an address.
    assert (await register(token="t3", email="b@x.example"))["_id"] != first.id
    kinds = [entry["t"] for entry in (await office.admin.get("audit.events"))["events"]]
    assert kinds.count("visitor.matched") == 2
    # Nobody else is handed anything, whoever they are.
    person = await office.person()
    for caller in (office.nobody, person):
        body = {"token": f"new {id(caller)}", "phone": "+1 555", "email": "b@x.example"}
        made = (await caller.post("livechat/visitor", visitor=body))["visitor"]
        assert made["_id"] != first.id
