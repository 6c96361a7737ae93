"""What visitors and agents write, and reading a room's messages."""

import asyncio
from typing import Any

import pytest

from tests.office import Client, Json, Office

VISITOR, AGENT, POST = "livechat/message", "chat.sendMessage", "chat.postMessage"
HISTORY = "livechat/messages.history/"
LINE = "see https://example.com/x\n\nand more"
MD = [
    {
        "type": "PARAGRAPH",
        "value": [
            {"type": "PLAIN_TEXT", "value": "see "},
            {
                "type": "LINK",
                "value": {
                    "src": {"type": "PLAIN_TEXT", "value": "https://example.com/x"},
                    "label": [{"type": "PLAIN_TEXT", "value": "https://example.com/x"}],
                },
            },
        ],
    },
    {"type": "LINE_BREAK"},
    {"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": "and more"}]},
]
URLS = [{"url": "https://example.com/x", "meta": {}}]


def plain(error: str) -> tuple[int, Json]:
    return 400, {"success": False, "error": error}


def coded(code: str, reason: str = "") -> tuple[int, Json]:
    error = f"{reason} [{code}]" if reason else f"[{code}]"
    return 400, {"success": False, "error": error, "errorType": code}


async def seen(person: Client, room_id: str) -> Json:
    room: Json = (await person.get("rooms.info", roomId=room_id))["room"]
    return room


async def test_a_visitors_message_key_by_key(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    visitor = await office.visitor(name="Maria")
    await office.agent()
    room = await visitor.room()
    message = await visitor.say(room["_id"], LINE)
    assert len(message["_id"]) == 17
    assert message == {
        "_id": message["_id"],
        "rid": room["_id"],
        "msg": LINE,
        "token": visitor.token,
        "alias": "Maria",
        "ts": message["ts"],
        "u": {"_id": visitor.id, "username": visitor.doc["username"], "name": "Maria"},
        "urls": URLS,
        "mentions": [],
        "channels": [],
        "md": MD,
        "newRoom": False,
        "showConnecting": True,
        "_updatedAt": message["_updatedAt"],
    }
    after = await visitor.room()
    assert after["lastMessage"] == message
    assert (after["lm"], after["msgs"]) == (message["ts"], room["msgs"] + 1)
    # Without a name there is no alias; with read receipts the message waits to be read.
    await office.setting("Message_Read_Receipt_Enabled", True)
    nameless = await office.visitor()
    room = await nameless.room()
    message = await nameless.say(room["_id"], "")
    assert not {"alias", "md"} & message.keys()
    assert message["u"] == {"_id": nameless.id, "username": nameless.doc["username"]}
    assert message["unread"] is room["lastMessage"]["unread"] is True


async def test_an_agents_message_key_by_key(office: Office) -> None:
    agent = await office.agent(username="ann")
    visitor = await office.visitor()
    room = await visitor.room()
    fields: Json = {
        "emoji": ":smile:",
        "attachments": [{"text": "a", "odd": None}],
        "customFields": {"token": "no"},
    }
    sent = {"rid": room["_id"], "msg": LINE, "unknown": 1, **fields}
    message = (await agent.post(AGENT, message=sent, previewUrls=[]))["message"]
    assert len(message["_id"]) == 24
    assert message == fields | {
        "_id": message["_id"],
        "rid": room["_id"],
        "msg": LINE,
        "ts": message["ts"],
        "u": {"_id": agent.user_id, "username": "ann", "name": "Ann"},
        "urls": [URLS[0] | {"ignoreParse": True}],
        "mentions": [],
        "channels": [],
        "md": MD,
        "_updatedAt": message["_updatedAt"],
    }
    assert (await visitor.room())["lastMessage"] == message
    for target in ("roomId", "channel"):
        answer = await agent.post(POST, **{target: room["_id"]}, text="hello")
        assert list(answer) == ["ts", "channel", "message", "success"]
        assert answer["channel"] == room["_id"]
        assert isinstance(answer["ts"], int)
        assert answer["message"]["msg"] == "hello"
    # A reply in a thread counts, but is not what the room said last.
    before = await seen(agent, room["_id"])
    thread = {"rid": room["_id"], "msg": "aside", "tmid": message["_id"]}
    await agent.post(AGENT, message=thread)
    after = await seen(agent, room["_id"])
    assert (after["msgs"], after["lm"]) == (before["msgs"] + 1, before["lm"])
    assert after["lastMessage"]["msg"] == "hello"
    shown = (await agent.post(AGENT, message=thread | {"tshow": True}))["message"]
    assert (await seen(agent, room["_id"]))["lastMessage"] == shown


async def test_the_same_id_again_is_the_same_message(office: Office) -> None:
    # The first by name is asked first.
    agent, other = [await office.agent(username=name) for name in ("ann", "ben")]
    visitor, stranger = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    theirs = (await stranger.room())["_id"]
    sends = [visitor.say(rid, f"my secret {n}", _id="mine") for n in range(5)]
    first, *more = await asyncio.gather(*sends)
    assert first["msg"].startswith("my secret")
    assert more == [first] * 4
    sent = {"rid": rid, "msg": "hello", "_id": "agents"}
    once = await agent.post(AGENT, message=sent)
    assert await agent.post(AGENT, message=sent | {"msg": "else"}) == once
    assert (await visitor.room())["msgs"] == 4 + 2

    invalid = plain("invalid-message")
    for who, path, body in [
        (office.nobody, VISITOR, {"token": stranger.token, "rid": theirs}),
        (other, AGENT, {"rid": theirs}),
        (agent, AGENT, {"rid": rid}),
    ]:
        body = body | {"msg": "x", "_id": "mine"}
        sent = {"message": body} if path == AGENT else body
        assert await who.refused("POST", path, json=sent) == invalid, body
    body = {"token": visitor.token, "rid": rid, "msg": "x", "_id": "agents"}
    assert await office.nobody.refused("POST", VISITOR, json=body) == invalid
    assert (await stranger.room())["msgs"] == 4
    # Nor is it the same message in another of the visitor's own rooms.
    await visitor.close(rid)
    body = {"token": visitor.token, "rid": (await visitor.room())["_id"], "msg": "x", "_id": "mine"}
    assert await office.nobody.refused("POST", VISITOR, json=body) == invalid


async def test_what_a_visitors_message_is_refused_for(office: Office) -> None:
    await office.agent()
    visitor, stranger = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    closed = (await stranger.room())["_id"]
    await stranger.close(closed)
    long = {"msg": "x" * 5001}
    cases: list[tuple[Json, tuple[int, Json]]] = [
        ({"token": "?", "rid": "?", **long}, plain("invalid-token")),
        ({"token": visitor.token, "rid": closed, **long}, plain("invalid-room")),
        ({"token": stranger.token, "rid": rid, **long}, plain("invalid-room")),
        ({"token": stranger.token, "rid": closed, **long}, plain("room-closed")),
        (
            {"token": visitor.token, "rid": rid, **long},
            coded("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize"),
        ),
        (
            {"token": visitor.token, "rid": rid},
            coded("invalid-params", "must have required property 'msg'"),
        ),
    ]
    for body, expected in cases:
        assert await office.nobody.refused("POST", VISITOR, json=body) == expected, body
    await visitor.say(rid, "x" * 5000)
    exceeds = plain("message-length-exceeds-character-limit")
    await office.setting("Livechat_enable_message_character_limit", True)
    # Without a number the limit of every message is meant, not silence.
    await visitor.say(rid, "hi")
    await office.setting("Livechat_message_character_limit", 3)
    await visitor.say(rid, "äöü")
    body = {"token": visitor.token, "rid": rid, "msg": "four"}
    assert await office.nobody.refused("POST", VISITOR, json=body) == exceeds


async def test_what_an_agents_message_is_refused_for(office: Office) -> None:
    agent, outsider = await office.agent(), await office.agent(online=False)
    manager, bot = await office.person("livechat-manager"), await office.person("bot")
    visitor, gone = await office.visitor(), await office.visitor()
    rid, closed = (await visitor.room())["_id"], (await gone.room())["_id"]
    await gone.close(closed)
    system = plain("Cannot send system messages using 'chat.sendMessage'")
    size = coded("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize")
    long = "x" * 5001
    cases: list[tuple[Client, Json, tuple[int, Json]]] = [
        (agent, {"rid": rid, "t": "uj"}, system),
        (agent, {"rid": rid, "t": "livechat-close"}, system),
        (agent, {"msg": "x"}, plain("The 'rid' property on the message object is missing.")),
        (
            agent,
            {"rid": rid, "tshow": True, "alias": "Boss"},
            coded("invalid-params", "tshow provided but missing tmid"),
        ),
        (agent, {"rid": rid, "alias": "Boss", "msg": long}, plain("Not enough permission")),
        (agent, {"rid": rid, "avatar": "/x"}, plain("Not enough permission")),
        (agent, {"rid": "nowhere", "msg": long}, size),
        (agent, {"rid": "nowhere", "msg": "x"}, plain("error-invalid-room")),
        (outsider, {"rid": rid, "msg": "x"}, plain("error-not-allowed")),
        (bot, {"rid": rid, "msg": "x", "alias": "B"}, plain("error-not-allowed")),
        (agent, {"rid": closed, "msg": "x"}, plain("room-closed")),
        (manager, {"rid": closed, "msg": "x"}, plain("room-closed")),
    ]
    for who, message, expected in cases:
        found = await who.refused("POST", AGENT, json={"message": message})
        assert found == expected, message
        if "text" not in message and "t" not in message and message.get("rid"):
            body = {("text" if k == "msg" else k): v for k, v in message.items() if k != "rid"}
            body["roomId"] = message["rid"]
            if body["roomId"] == "nowhere":
                expected = coded("invalid-channel")
            if "tshow" not in body:
                assert await who.refused("POST", POST, json=body) == expected, body
    assert await agent.refused("POST", POST, json={"text": "x"}) == coded("invalid-channel")
    missing: Any = {"success": False, "errorType": "invalid-params"}
    missing["error"] = "must have required property 'message'"
    assert await agent.refused("POST", AGENT, json={}) == (400, missing)
    for path in (AGENT, POST):
        assert (await office.nobody.refused("POST", path, json={}))[0] == 401
    # A manager need not take part in a room to write there; who may impersonate, does.
    await manager.post(AGENT, message={"rid": rid, "msg": "x"})
    await office.grant("message-impersonate", "livechat-manager")
    message = {"rid": rid, "msg": "x", "alias": "Boss", "avatar": "/boss.png"}
    stored = (await manager.post(AGENT, message=message))["message"]
    assert (stored["alias"], stored["avatar"]) == ("Boss", "/boss.png")
    assert stored["u"]["_id"] == manager.user_id


async def test_reading_a_rooms_messages(office: Office) -> None:
    await office.agent()
    visitor, stranger = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    said = [await visitor.say(rid, f"{n}") for n in range(24)]
    await visitor.close(rid)

    async def read(**query: Any) -> list[str]:
        answer = await office.nobody.get(HISTORY + rid, token=visitor.token, **query)
        assert list(answer) == ["messages", "success"]
        return [message.get("t", message["msg"]) for message in answer["messages"]]

    everything = ["livechat-close", *[str(n) for n in reversed(range(24))]]
    everything += ["uj", "command", "livechat-started"]
    assert await read(count=100) == everything
    assert await read() == everything[:20]
    assert await read(limit=5) == everything[:5]
    assert await read(limit=5, count=3) == everything[:3]
    assert await read(count=5, offset=22) == everything[22:27]
    assert await read(offset=28) == []
    assert await read(searchText="7", sort='{"ts":1}', ls="x", count=2) == everything[:2]
    # The end itself is not among them, nor what is of the same moment.
    before = [m["msg"] for m in said if m["ts"] < said[9]["ts"]]
    assert (
        await read(end=said[9]["ts"], count=9)
        == ([*reversed(before), "uj", "command", "livechat-started"][:9])
    )
    assert await read(end="2001-01-01") == []
    await office.setting("Hide_System_Messages", ["uj", "livechat-close", "no such type"])
    assert await read(count=100) == [*everything[1:25], *everything[26:]]

    token = {"token": visitor.token}
    cases: list[tuple[str, Json, tuple[int, Json]]] = [
        (rid, {}, coded("invalid-params", "must have required property 'token'")),
        (rid, {"token": ""}, plain("error-token-param-not-provided")),
        (rid, {"token": "?"}, plain("invalid-token")),
        ("nowhere", token, plain("invalid-room")),
        (rid, {"token": stranger.token}, plain("invalid-room")),
        (rid, token | {"end": "x"}, plain('The "end" query parameter must be a valid date.')),
        (rid, token | {"count": -1}, coded("invalid-params", "must be >= 0")),
        (rid, token | {"x": 1}, coded("invalid-params", "must NOT have additional properties")),
    ]
    for room_id, query, expected in cases:
        found = await office.nobody.refused("GET", HISTORY + room_id, params=query)
        assert found == expected, query


@pytest.mark.parametrize("stored", [True, False])
async def test_the_last_message_is_kept_in_the_room_unless_switched_off(
    office: Office, stored: bool
) -> None:
    await office.setting("Store_Last_Message", stored)
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    message = await visitor.say(rid, "hi")
    room = await visitor.room()
    assert ("lastMessage" in room) is stored
    assert room["lm"] == message["ts"]
    await agent.post("livechat/room.closeByUser", rid=rid, comment="done")
    room = await seen(agent, rid)
    assert ("lastMessage" in room) is stored
    assert room["closingMessage"]["msg"] == "done"
