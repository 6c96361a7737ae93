"""A conversation over sockets: the frames of each situation (contract/realtime.md §5)."""

from typing import Any

import pytest

from tests.office import Office
from tests.realtime.live import Live


def mine(token: str) -> dict[str, str]:
    return {"token": token, "visitorToken": token}


@pytest.mark.parametrize("routing", ["Manual_Selection", "Auto_Selection"])
async def test_a_conversation(live: Live, office: Office, routing: str) -> None:
    await office.setting("Livechat_Routing_Method", routing)
    await office.setting("Livechat_enable_transcript", False)
    agent = await office.agent(username="agent1")
    uid = agent.user_id
    visitor = await office.visitor(name="Ada", token="a-very-secret-token-of-a-visitor")
    token = visitor.token
    async with (
        live.client(agent.headers["X-Auth-Token"]) as desk,
        live.client() as widget,
    ):
        for event in ("subscriptions-changed", "rooms-changed", "notification", "userData"):
            assert await desk.sub("notify-user", f"{uid}/{event}") == "ready"
        assert await desk.sub("livechat-inquiry-queue-observer", "public") == "ready"
        room = await visitor.room()
        rid = room["_id"]
        assert await widget.sub("room-messages", rid, mine(token)) == "ready"
        for _ in range(3):
            assert await widget.sub("livechat-room", rid, mine(token)) == "ready"
        assert await widget.sub("notify-room", f"{rid}/deleteMessage", mine(token)) == "ready"

        said = await visitor.say(rid, "hello")
        (own,) = await widget.heard("room-messages", rid, lambda m: m["msg"] == "hello")
        assert own["_id"] == said["_id"]
        assert isinstance(own["ts"]["$date"], int)
        assert isinstance(own["_updatedAt"]["$date"], int)
        assert own["u"]["_id"] == visitor.id

        if routing == "Manual_Selection":
            await _taken(live, office, desk, widget, agent, rid)
        else:
            assert room["servedBy"]["username"] == "agent1"
        queue = desk.events("livechat-inquiry-queue-observer", "public")
        how = [one["type"] for (one,) in queue]
        assert how[:2] == (["added", "changed"] if routing == "Manual_Selection" else [])
        inserted = await desk.heard(
            "notify-user", f"{uid}/subscriptions-changed", lambda how, doc: how == "inserted"
        )
        assert (inserted[1]["rid"], inserted[1]["u"]["_id"]) == (rid, uid)
        await desk.heard("notify-user", f"{uid}/rooms-changed", lambda how, _: how == "inserted")
        await desk.settled()
        # Nothing of the room is updated for whom it is not there yet; nor is all told thrice.
        for which in ("subscriptions", "rooms"):
            told = [how for how, _ in desk.events("notify-user", f"{uid}/{which}-changed")]
            assert told == ["inserted"] + ["updated"] * (routing == "Auto_Selection")

        answer = await agent.post("chat.sendMessage", message={"rid": rid, "msg": "hi Ada"})
        (heard,) = await widget.heard("room-messages", rid, lambda m: m["msg"] == "hi Ada")
        assert heard["u"]["username"] == "agent1"
        await visitor.say(rid, "thanks")
        (note,) = await desk.heard(
            "notify-user", f"{uid}/notification", lambda n: n["text"] == "thanks"
        )
        assert note["payload"]["rid"] == rid
        await agent.post("subscriptions.read", rid=rid)
        await desk.heard(
            "notify-user",
            f"{uid}/subscriptions-changed",
            lambda how, doc: how == "updated" and doc["unread"] == 0 and "ls" in doc,
        )
        message_id = answer["message"]["_id"]
        await agent.post("chat.update", roomId=rid, msgId=message_id, text="hi, Ada!")
        (edited,) = await widget.heard("room-messages", rid, lambda m: m["msg"] == "hi, Ada!")
        assert (edited["_id"], set(edited["editedAt"])) == (message_id, {"$date"})
        await office.admin.post("chat.delete", roomId=rid, msgId=message_id)
        assert await widget.heard("notify-room", f"{rid}/deleteMessage") == [{"_id": message_id}]

        await agent.post("users.setStatus", status="away")
        await widget.heard("livechat-room", rid, lambda d: d["type"] == "agentStatus")
        changed = {"type": "agentStatus", "status": "away"}
        assert widget.events("livechat-room", rid)[-1] == [changed]
        await agent.post("livechat/agent.status", status="not-available")
        (data,) = await desk.heard(
            "notify-user", f"{uid}/userData", lambda d: d["type"] == "updated"
        )
        assert data["diff"] == {"statusLivechat": "not-available"}

        await agent.post("livechat/room.closeByUser", rid=rid, comment="solved")
        (end,) = await widget.heard("room-messages", rid, lambda m: m.get("t") == "livechat-close")
        assert end["msg"] == "solved"
        gone = await desk.heard(
            "notify-user", f"{uid}/subscriptions-changed", lambda how, _: how == "removed"
        )
        assert gone[1] == {**gone[1], "_id": inserted[1]["_id"], "rid": rid, "t": "l"}
        closed = await desk.heard(
            "notify-user", f"{uid}/rooms-changed", lambda how, doc: "closedAt" in doc
        )
        assert closed[0] == "updated"
        assert "open" not in closed[1]
        (left,) = await desk.heard(
            "livechat-inquiry-queue-observer", "public", lambda i: i["type"] == "removed"
        )
        assert left["rid"] == rid
        # Once to a connection, however often it subscribed.
        assert [d for (d,) in widget.events("livechat-room", rid)].count(changed) == 1
        order = [m.get("t") or m["msg"] for (m,) in widget.events("room-messages", rid)]
        assert [one for one in order if one in ("hello", "thanks", "livechat-close")] == [
            "hello",
            "thanks",
            "livechat-close",
        ]
        assert not [text for text in desk.texts + widget.texts if token in text]


async def _taken(live: Live, office: Office, desk: Any, widget: Any, agent: Any, rid: str) -> None:
    (waiting,) = await desk.heard(
        "livechat-inquiry-queue-observer", "public", lambda i: "lastMessage" in i
    )
    assert (waiting["type"], waiting["status"], waiting["rid"]) == ("changed", "queued", rid)
    await office.admin.post("livechat/room.forward", roomId=rid, userId=agent.user_id)
    (data,) = await widget.heard("livechat-room", rid)
    assert data["type"] == "agentData"
    assert data["data"]["username"] == "agent1"
    kinds = [m.get("t") for (m,) in widget.events("room-messages", rid)]
    assert kinds.index("command") < kinds.index("uj")
    await desk.heard(
        "livechat-inquiry-queue-observer",
        "public",
        lambda i: i["type"] == "changed" and i["status"] == "taken",
    )


async def test_handed_to_a_department_where_nobody_takes_it(live: Live, office: Office) -> None:
    await office.agent()
    colleague = await office.agent()
    department = await office.department(colleague)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    channel = f"department/{department['_id']}"
    async with live.client() as widget, live.client(colleague.headers["X-Auth-Token"]) as desk:
        assert await widget.sub("livechat-room", rid, mine(visitor.token)) == "ready"
        assert await desk.sub("livechat-inquiry-queue-observer", channel) == "ready"
        await office.admin.post("livechat/room.forward", roomId=rid, departmentId=department["_id"])
        bare = {"type": "agentData"}
        assert await widget.heard("livechat-room", rid, lambda said: said == bare) == [bare]
        (waits,) = await desk.heard("livechat-inquiry-queue-observer", channel)
        assert (waits["type"], waits["status"], waits["rid"]) == ("changed", "queued", rid)


async def test_who_becomes_more_urgent_is_not_new(live: Live, office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    agent, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    [top, *_] = (await agent.get("livechat/priorities"))["priorities"]
    queue = ("livechat-inquiry-queue-observer", "public")
    async with live.client(agent.headers["X-Auth-Token"]) as desk:
        assert await desk.sub(*queue) == "ready"
        await agent.post(f"livechat/room/{rid}/priority", priorityId=top["_id"])
        (waits,) = await desk.heard(*queue, lambda said: said["priorityWeight"] == 1)
        assert (waits["rid"], waits["priorityId"]) == (rid, top["_id"])
        await desk.settled()
        assert {said["type"] for (said,) in desk.events(*queue)} == {"changed"}


async def test_a_chat_on_hold_is_told_of(live: Live, office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    await agent.post("chat.sendMessage", message={"rid": rid, "msg": "one moment"})
    lists = [f"{agent.user_id}/{which}-changed" for which in ("subscriptions", "rooms")]
    async with live.client(agent.headers["X-Auth-Token"]) as desk:
        for event in lists:
            assert await desk.sub("notify-user", event) == "ready"
        await agent.post("livechat/room.onHold", roomId=rid)
        for event in lists:
            how, _ = await desk.heard("notify-user", event, lambda _, doc: doc.get("onHold"))
            assert how == "updated"
        await visitor.say(rid, "thanks")
        _, room = await desk.heard(
            "notify-user", lists[1], lambda _, doc: doc["lastMessage"]["msg"] == "thanks"
        )
        assert "onHold" not in room
        # A person is told of their subscription before the room.
        assert "onHold" not in desk.events("notify-user", lists[0])[-1][1]


async def test_hidden_kinds_of_messages_are_not_sent(
    sqlite_live: Live, sqlite_office: Office
) -> None:
    office = sqlite_office
    await office.setting("Hide_System_Messages", ["uj"])
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    agent, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    async with sqlite_live.client() as widget:
        for stream in ("room-messages", "livechat-room"):
            assert await widget.sub(stream, rid, mine(visitor.token)) == "ready"
        await office.admin.post("livechat/room.forward", roomId=rid, userId=agent.user_id)
        await widget.heard("livechat-room", rid, lambda d: d["type"] == "agentData")
        kinds = {m.get("t") for (m,) in widget.events("room-messages", rid)}
        assert "command" in kinds
        assert "uj" not in kinds


async def test_typing_in_both_forms_and_by_nobody_else(live: Live, office: Office) -> None:
    agent = await office.agent(username="agent1")
    await office.agent(username="stranger", online=False)
    visitor = await office.visitor(name="Ada", token="typing-visitors-token")
    other = await office.visitor()
    rid = (await visitor.room())["_id"]
    name = visitor.doc["username"]
    async with (
        live.client(agent.headers["X-Auth-Token"]) as desk,
        live.client() as widget,
        live.client() as old_widget,
    ):
        for ddp, extra in ((desk, None), (widget, mine(visitor.token))):
            assert await ddp.sub("notify-room", f"{rid}/user-activity", extra) == "ready"
        assert await old_widget.sub("notify-room", f"{rid}/typing", mine(visitor.token)) == "ready"
        new, old = f"{rid}/user-activity", f"{rid}/typing"
        token = {"token": visitor.token}
        # None of these is heard, and each is answered: the first that is heard is the last sent.
        unheard: list[tuple[Any, ...]] = [
            (new, name, ["user-typing"], {"token": other.token}),
            (new, "agent1", ["user-typing"], {}),
            (new, name, "user-typing", token),
            (f"{rid}/deleteMessage", {"_id": "x"}, None, token),
            ("", name, ["user-typing"], token),
            (),
        ]
        for sent in unheard:
            assert "error" not in await widget.call("stream-notify-room", *sent)
        assert "error" not in await desk.call("stream-notify-room", new, "Ada", ["user-typing"], {})
        await widget.call("stream-notify-room", new, "Agent One", ["user-typing", "x"], token)
        assert await desk.heard("notify-room", new) == [name, ["user-typing"]]
        assert await old_widget.heard("notify-room", old) == [name, True]
        await old_widget.call("stream-notify-room", old, name, False, token)
        assert await desk.heard("notify-room", new, lambda n, what: not what) == [name, []]
        await widget.heard("notify-room", new, lambda n, what: not what)
        await desk.call("stream-notify-room", new, "agent1", ["user-typing"], {})
        assert await widget.heard("notify-room", new, lambda n, _: n == "agent1")
        assert await old_widget.heard("notify-room", old, lambda n, _: n == "agent1")
        assert [a for a in desk.events("notify-room", new) if a[0] == "agent1"] == []
        assert len(desk.events("notify-room", new)) == 2
        assert not [text for text in desk.texts if visitor.token in text]


async def test_a_visitors_connection_says_whether_they_are_there(
    live: Live, office: Office
) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    event = f"{agent.user_id}/rooms-changed"
    async with live.client(agent.headers["X-Auth-Token"]) as desk:
        assert await desk.sub("notify-user", event) == "ready"
        async with live.client() as tab, live.client() as other_tab:
            assert "error" not in await tab.call("livechat:setUpConnection", {})
            assert "error" in await tab.call("livechat:setUpConnection", {"token": "nobody's"})
            for ddp in (tab, other_tab):
                await ddp.call("livechat:setUpConnection", {"token": visitor.token})
            found = (await tab.call("livechat:loginByToken", visitor.token))["result"]
            assert found == {"_id": visitor.id}
            assert "result" not in await tab.call("livechat:loginByToken", "nobody's")
            await other_tab.end()
            await visitor.say(rid, "still here")
            await desk.heard(
                "notify-user", event, lambda _, r: r["lastMessage"]["msg"] == "still here"
            )
            assert {r["v"]["status"] for _, r in desk.events("notify-user", event)} == {"online"}
        await desk.heard("notify-user", event, lambda _, r: r["v"]["status"] == "offline")


async def test_methods_of_agents(live: Live, office: Office) -> None:
    agent = await office.agent(username="agent1")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    async with live.client(agent.headers["X-Auth-Token"]) as desk, live.client() as nobody:
        sent = await desk.call("sendMessage", {"_id": "0123456789ab", "rid": rid, "msg": "hello"})
        assert (sent["result"]["msg"], set(sent["result"]["ts"])) == ("hello", {"$date"})
        bot = await nobody.call(
            "sendMessageLivechat", {"token": visitor.token, "rid": rid, "msg": "x"}
        )
        assert bot["result"]["token"] == visitor.token
        rooms = (await desk.call("rooms/get"))["result"]
        assert [(r["_id"], r["t"], set(r["lm"])) for r in rooms] == [(rid, "l", {"$date"})]
        since = (await desk.call("subscriptions/get", {"$date": 0}))["result"]
        assert [s["rid"] for s in since["update"]] == [rid]
        assert since["remove"] == []
        later = (await desk.call("rooms/get", {"$date": 4102444800000}))["result"]
        assert later == {"update": [], "remove": []}
        past = (await desk.call("loadHistory", rid, None, 1))["result"]["messages"]
        assert [m["msg"] for m in past] == ["x"]
        before = (await desk.call("loadHistory", rid, past[0]["ts"], 1))["result"]["messages"]
        assert [m["msg"] for m in before] == ["hello"]
        assert (await desk.call("readMessages", rid))["result"] is True
        names = {s["_id"] for s in (await desk.call("public-settings/get"))["result"]}
        assert "Livechat_title" in names
        assert "SMTP_Password" not in names
        grants = (await desk.call("permissions/get"))["result"]
        assert {"_id", "roles"} <= set(grants[0])
        assert (await desk.call("license:getModules"))["result"]
        assert (await desk.call("getRoomRoles", rid))["result"] == []
        for method, status in (("UserPresence:away", "away"), ("UserPresence:online", "online")):
            assert "error" not in await desk.call(method)
            assert (await agent.get("me"))["statusConnection"] == status
        assert "error" not in await desk.call("setUserStatus", "busy", "in a call")
        me = await agent.get("me")
        assert (me["status"], me["statusText"]) == ("busy", "in a call")
        assert "error" in await desk.call("UserPresence:setDefaultStatus", "nonsense")
        assert (await desk.call("getRoomIdByNameOrId", rid))["result"] == rid
        assert (await desk.call("getRoomNameById", rid))["result"] == rooms[0]["fname"]
        for method in ("getRoomIdByNameOrId", "getRoomNameById"):
            assert (await desk.call(method, "none"))["error"]["error"] == "error-not-allowed"
            assert (await desk.call(method))["error"]["error"] == 400
        for method in ("rooms/get", "sendMessage", "permissions/get", "UserPresence:online"):
            assert (await nobody.call(method, {}))["error"]["error"] == "error-invalid-user"
