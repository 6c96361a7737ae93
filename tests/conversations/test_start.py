"""Finding or starting a conversation: the room, its system messages, its queue entry."""

import asyncio
from typing import Any

from parley.db import Tx
from parley.db.documents import decode
from tests.office import Json, Office

PATH = "livechat/room"
NO_AGENT = (
    400,
    {
        "success": False,
        "error": "Sorry, no online agents [no-agent-online]",
        "errorType": "no-agent-online",
    },
)


async def documents(office: Office, table: str, room_id: str) -> list[Json]:
    async def read(tx: Tx) -> list[Json]:
        rows = await tx.rows(f"SELECT doc FROM {table} WHERE room_id = $1", room_id)
        return [decode(row[0]) for row in rows]

    return await office.db.act(read)


async def test_find_or_create(office: Office) -> None:
    await office.agent()
    visitor, other = await office.visitor(), await office.visitor()
    ask = office.nobody.get
    made = await ask(PATH, token=visitor.token)
    assert list(made) == ["room", "newRoom", "success"]
    assert made["newRoom"] is True
    room = made["room"]
    for query in ({}, {"rid": room["_id"]}, {"agentId": "nobody"}):
        found = await ask(PATH, token=visitor.token, **query)
        assert found == {"room": room, "newRoom": False, "success": True}
    plain: list[tuple[dict[str, str], str]] = [
        ({"token": "unknown"}, "invalid-token"),
        ({"token": other.token, "rid": room["_id"]}, "invalid-room"),
        ({"token": visitor.token, "rid": "nowhere"}, "invalid-room"),
        ({}, "Match error: Missing key 'token'"),
        ({"token": visitor.token, "x": "1"}, "Match error: Unknown key in field x"),
    ]
    for query, error in plain:
        refused = await office.nobody.refused("GET", PATH, params=query)
        assert refused == (400, {"success": False, "error": error}), query
    await visitor.close(room["_id"])
    query = {"token": visitor.token, "rid": room["_id"]}
    assert (await office.nobody.refused("GET", PATH, params=query))[1]["error"] == "invalid-room"
    following = await ask(PATH, token=visitor.token)
    assert following["newRoom"] is True
    assert following["room"]["_id"] != room["_id"]
    await visitor.close(following["room"]["_id"])
    await office.setting("Livechat_enabled", False)
    _, body = await office.nobody.refused("GET", PATH, params={"token": visitor.token})
    assert body["error"] == "[error-omnichannel-is-disabled]"


async def test_a_hundred_parallel_calls_make_one_room(office: Office) -> None:
    await office.agent()
    visitor = await office.visitor()
    calls = [office.nobody.get(PATH, token=visitor.token) for _ in range(100)]
    answers = await asyncio.gather(*calls)
    assert len({answer["room"]["_id"] for answer in answers}) == 1
    assert [answer["newRoom"] for answer in answers].count(True) == 1
    room = await visitor.room()
    assert (room["msgs"], room["usersCount"]) == (4, 2)
    assert len(await documents(office, "messages", room["_id"])) == 3


async def test_the_documents_of_a_chat_that_is_given_to_an_agent(office: Office) -> None:
    agent = await office.agent(username="ann")
    department = await office.department(agent)
    visitor = await office.visitor(name="Maria", department=department["_id"])
    room = await visitor.room()
    rid, ts, by_agent = room["_id"], room["ts"], {"_id": agent.user_id, "username": "ann"}
    v = {"_id": visitor.id, "username": "guest-2", "token": visitor.token, "status": "online"}
    maria = {"_id": visitor.id, "username": "guest-2", "name": "Maria"}
    started = room["lastMessage"]
    served = room["servedBy"]["ts"]
    assert ts <= served <= room["_updatedAt"]
    assert len(rid) == 17
    assert room == {
        "_id": rid,
        "msgs": 4,
        "usersCount": 2,
        "lm": started["ts"],
        "fname": "Maria",
        "t": "l",
        "ts": ts,
        "departmentId": department["_id"],
        "departmentAncestors": [],
        "v": v,
        "contactId": room["contactId"],
        "cl": False,
        "open": True,
        "waitingResponse": True,
        "verified": False,
        "source": {"type": "api"},
        "queuedAt": ts,
        "priorityWeight": 99,
        "estimatedWaitingTimeQueue": 9999999,
        "_enforceSingleRoom": True,
        "lastMessage": started,
        "servedBy": by_agent | {"ts": served},
        "speaker": {
            "kind": "human",
            "number": 1,
            "userId": agent.user_id,
            "username": "ann",
            "since": served,
        },
        "_updatedAt": room["_updatedAt"],
    }
    seen = (await agent.get("rooms.info", roomId=rid))["room"]
    v["token"] = seen["v"]["token"]

    sent = (await office.nobody.get("livechat/messages.history/" + rid, token=visitor.token))[
        "messages"
    ]
    common = {"rid": rid, "groupable": False}
    by = {"u": by_agent | {"name": "Ann"}}
    expected: list[Json] = [
        common | {"t": "uj", "msg": ""} | by,
        common | {"t": "command", "msg": "connected"} | by,
        common | {"t": "livechat-started", "msg": "", "u": maria, "token": visitor.token},
    ]
    assert sent[2] == started
    for message in sent:
        assert len(message.pop("_id")) == 24
        assert ts <= message.pop("ts") <= message.pop("_updatedAt")
    assert sent == expected

    (inquiry,) = await documents(office, "inquiries", rid)
    assert inquiry == {
        "_id": inquiry["_id"],
        "rid": rid,
        "name": "Maria",
        "ts": ts,
        "message": "",
        "status": "taken",
        "v": v,
        "t": "l",
        "priorityWeight": 99,
        "estimatedWaitingTimeQueue": 9999999,
        "source": {"type": "api"},
        "department": department["_id"],
        "takenAt": inquiry["takenAt"],
        "_updatedAt": inquiry["_updatedAt"],
    }
    (subscription,) = await documents(office, "subscriptions", rid)
    assert subscription == {
        "_id": subscription["_id"],
        "rid": rid,
        "name": "Maria",
        "fname": "Maria",
        "alert": True,
        "open": True,
        "unread": 1,
        "userMentions": 1,
        "groupMentions": 0,
        "u": by_agent,
        "t": "l",
        "desktopNotifications": "all",
        "mobilePushNotifications": "all",
        "emailNotifications": "all",
        "v": v,
        "ts": subscription["ts"],
        "department": department["_id"],
        "_updatedAt": subscription["_updatedAt"],
    }
    again = await office.visitor(token=visitor.token)
    assert again.doc["lastChat"] == {"_id": rid, "ts": ts}


async def test_manual_selection_leaves_the_chat_in_the_queue(office: Office) -> None:
    agent = await office.agent(username="ann")
    away = await office.agent(online=False)
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    room = await (await office.visitor()).room()
    assert "servedBy" not in room
    assert (room["msgs"], room["usersCount"], room["waitingResponse"]) == (2, 1, True)
    (inquiry,) = await documents(office, "inquiries", room["_id"])
    assert (inquiry["status"], inquiry["queuedAt"]) == ("queued", room["ts"])
    assert "defaultAgent" not in inquiry
    assert await documents(office, "subscriptions", room["_id"]) == []

    visitor = await office.visitor()
    query = {"token": visitor.token, "agentId": away.user_id}
    assert await office.nobody.refused("GET", PATH, params=query) == NO_AGENT
    found = await office.nobody.get(PATH, token=visitor.token, agentId=agent.user_id)
    (inquiry,) = await documents(office, "inquiries", found["room"]["_id"])
    assert inquiry["defaultAgent"] == {"agentId": agent.user_id, "username": "ann"}
    assert "servedBy" not in found["room"]


async def test_the_widget_tells_itself_by_cookies(office: Office) -> None:
    await office.agent()
    widget = {"type": "widget", "destination": "office"}
    for cookie, source in [
        ("rc_room_type=l; rc_is_widget=t", widget),
        # Neighbours on the same host may write what no standard allows.
        ('prefs={"a": [1, 2]}; rc_is_widget=t; other; rc_room_type=l; x=é', widget),
        ("rc_room_type=l", {"type": "api"}),
        ("rc_room_type=l; rc_is_widget=f", {"type": "api"}),
        ("rc_room_type=c; rc_is_widget=t", {"type": "api"}),
        ("", {"type": "api"}),
    ]:
        visitor = await office.visitor()
        headers: Any = {"cookie": cookie.encode()}
        found = await office.nobody.call(
            "GET", PATH, params={"token": visitor.token}, headers=headers
        )
        assert found.json()["room"]["source"] == source, cookie


async def test_no_agent_online(office: Office) -> None:
    agent = await office.agent(online=False)
    empty = await office.department()
    lost, waiting = await office.visitor(), await office.visitor(department=empty["_id"])
    for visitor in (lost, waiting):
        params = {"token": visitor.token}
        assert await office.nobody.refused("GET", PATH, params=params) == NO_AGENT
    # Then whoever is available is given the chat, status or not; else it waits.
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    room = await lost.room()
    assert room["servedBy"]["_id"] == agent.user_id
    room = await waiting.room()
    assert room["departmentId"] == empty["_id"]
    assert "servedBy" not in room
    (inquiry,) = await documents(office, "inquiries", room["_id"])
    assert inquiry["status"] == "queued"
