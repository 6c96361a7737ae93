"""Closing a conversation, from either side."""

import asyncio
from typing import Any

import pytest

from parley.db import Tx
from parley.rooms.store import insert_subscription
from tests.office import Json, Office

BY_VISITOR, BY_USER = "livechat/room.close", "livechat/room.closeByUser"


def plain(error: str) -> tuple[int, Json]:
    return 400, {"success": False, "error": error}


async def left_over(office: Office, room_id: str) -> list[int]:
    async def count(tx: Tx) -> list[int]:
        tables = ("inquiries", "subscriptions")
        sql = "SELECT count(*) FROM {} WHERE room_id = $1"
        return [await tx.value(sql.format(table), room_id) for table in tables]

    return await office.db.act(count)


async def test_every_effect_of_a_close_by_an_agent(office: Office) -> None:
    agent = await office.agent(username="ann")
    department = await office.department(agent, chatClosingTags=["own", "ours"])
    visitor = await office.visitor(department=department["_id"])
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi")
    await agent.post("chat.sendMessage", message={"rid": rid, "msg": "hello"})
    await office.patch("rooms", rid, tags=["room's", "ours"])
    before = (await agent.get("rooms.info", roomId=rid))["room"]
    assert await left_over(office, rid) == [1, 1]
    body: Json = {"rid": rid, "comment": " done ", "tags": ["own", "mine", "own"]}
    assert await agent.post(BY_USER, **body) == {"success": True}
    room = (await agent.get("rooms.info", roomId=rid))["room"]

    closing = room["closingMessage"]
    assert len(closing.pop("_id")) == 24
    assert closing == {
        "rid": rid,
        "t": "livechat-close",
        "ts": closing["ts"],
        "msg": " done ",
        "u": {"_id": agent.user_id, "username": "ann", "name": "Ann"},
        "groupable": False,
        "transcriptRequested": False,
        "_updatedAt": closing["_updatedAt"],
    }
    assert room["lastMessage"] == closing | {"_id": room["lastMessage"]["_id"]}
    metrics = room["metrics"]
    assert metrics["chatDuration"] >= metrics["serviceTimeDuration"] >= 0
    assert room["ts"] < room["closedAt"] <= closing["ts"] == room["lm"]
    ended = {
        "closedAt": room["closedAt"],
        "closer": "user",
        "closedBy": {"_id": agent.user_id, "username": "ann"},
        "tags": ["own", "mine", "room's", "ours"],
        "usersCount": 1,
        "msgs": before["msgs"] + 2,
        "v": before["v"] | {"status": "offline"},
    }
    moved = ("metrics", "closingMessage", "lastMessage", "lm", "_updatedAt")
    expected = before | ended | {key: room[key] for key in moved}
    del expected["open"]
    assert room == expected
    assert {"servedBy", "responseBy"} <= room.keys()
    assert await left_over(office, rid) == [0, 0]


async def test_a_close_by_the_visitor(office: Office) -> None:
    agent = await office.agent()
    department = await office.department(
        agent, chatClosingTags=["ours"], requestTagBeforeClosingChat=True
    )
    visitor = await office.visitor(name="Maria", department=department["_id"])
    rid = (await visitor.room())["_id"]
    answer = await visitor.close(rid)
    assert answer == {"rid": rid, "comment": "Closed by visitor", "success": True}
    room = (await agent.get("rooms.info", roomId=rid))["room"]
    by = {"_id": visitor.id, "username": visitor.doc["username"]}
    assert (room["closer"], room["closedBy"], room["tags"]) == ("visitor", by, ["ours"])
    closing = room["closingMessage"]
    assert (closing["msg"], closing["u"]) == ("Closed by visitor", by | {"name": "Maria"})
    # By the handle, for an agent's eyes; by their own token for the visitor's.
    assert closing["token"] == room["v"]["token"] != visitor.token
    history = await office.nobody.get(f"livechat/messages.history/{rid}", token=visitor.token)
    assert history["messages"][0] == closing | {"token": visitor.token}
    assert await left_over(office, rid) == [0, 0]


async def test_what_a_visitors_close_is_refused_for(office: Office) -> None:
    await office.agent()
    visitor, stranger = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    closed = (await stranger.room())["_id"]
    await stranger.close(closed)
    cases: list[tuple[Json, str]] = [
        ({"token": "?", "rid": "?"}, "invalid-token"),
        ({"token": visitor.token, "rid": "?"}, "invalid-room"),
        ({"token": visitor.token, "rid": closed}, "invalid-room"),
        ({"token": stranger.token, "rid": rid}, "invalid-room"),
        ({"token": stranger.token, "rid": closed}, "room-closed"),
    ]
    for body, error in cases:
        assert await office.nobody.refused("POST", BY_VISITOR, json=body) == plain(error), body
    await office.setting("Omnichannel_allow_visitors_to_close_conversation", False)
    for body in [*[body for body, _ in cases], {"token": visitor.token, "rid": rid}]:
        assert await office.nobody.refused("POST", BY_VISITOR, json=body) == plain(
            "error-not-allowed-to-close-conversation"
        )
    assert (await visitor.room())["open"] is True


async def test_what_an_agents_close_is_refused_for(office: Office) -> None:
    """Each call breaks the rule that is named, and all that come after it."""
    agent, other = await office.agent(username="a"), await office.agent(username="b", online=False)
    strict = await office.department(agent, chatClosingTags=["t"], requestTagBeforeClosingChat=True)
    visitor, gone = [await office.visitor(department=strict["_id"]) for _ in range(2)]
    rid, closed = (await visitor.room())["_id"], (await gone.room())["_id"]
    await gone.close(closed)
    await office.grant("request-pdf-transcript", "admin")
    promise = {"generateTranscriptPdf": True, "comment": " "}
    mail = {"transcriptEmail": {"sendToVisitor": True}, "comment": " "}
    tags = "error-tags-must-be-assigned-before-closing-chat"
    promised = "error-transcript-not-available"
    cases: list[tuple[Any, Json, str]] = [
        (agent, {"rid": "?", **promise}, "error-invalid-room"),
        (other, {"rid": closed, **promise}, "error-not-authorized"),
        (other, {"rid": rid, **promise}, "error-not-authorized"),
        (office.admin, {"rid": closed, **promise}, "error-room-already-closed"),
        (agent, {"rid": rid, **promise}, promised),
        (agent, {"rid": rid, **mail}, "error-comment-is-required"),
        (agent, {"rid": rid, "forceClose": True}, "error-comment-is-required"),
        (agent, {"rid": rid, "comment": "done"}, tags),
        (agent, {"rid": rid, **mail, "comment": "done", "tags": []}, tags),
        # The visitor left no address.
        (agent, {"rid": rid, **mail, "comment": "done", "tags": ["t"]}, promised),
        (office.admin, {"rid": closed, "forceClose": True}, "error-room-already-closed"),
    ]
    for who, body, error in cases:
        assert await who.refused("POST", BY_USER, json=body) == plain(error), body
    assert (await office.nobody.refused("POST", BY_USER, json={}))[0] == 401
    assert (await (await office.person()).refused("POST", BY_USER, json={}))[0] == 403
    missing = "must have required property 'rid' [invalid-params]"
    assert (await agent.refused("POST", BY_USER, json={}))[1]["error"] == missing
    assert (await visitor.room())["msgs"] == 4
    # A manager closes what others serve.
    await office.setting("Livechat_request_comment_when_closing_conversation", False)
    manager = await office.person("livechat-manager")
    await manager.post(BY_USER, rid=rid, tags=["t"])
    room = (await agent.get("rooms.info", roomId=rid))["room"]
    assert room["closedBy"]["_id"] == manager.user_id
    assert (room["tags"], room["closingMessage"]["msg"]) == (["t"], "")


@pytest.mark.parametrize(
    ("enabled", "always", "asked"),
    [(False, False, False), (True, False, True), (True, True, False)],
)
async def test_the_offer_of_a_transcript(
    office: Office, enabled: bool, always: bool, asked: bool
) -> None:
    await office.setting("Livechat_enable_transcript", enabled)
    await office.setting("Livechat_transcript_send_always", always)
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.close(rid)
    query = {"token": visitor.token, "count": 2}
    newest, following = (await office.nobody.get(f"livechat/messages.history/{rid}", **query))[
        "messages"
    ]
    prompt = (newest["t"], newest["msg"]) == ("command", "promptTranscript")
    assert prompt is asked
    room = (await agent.get("rooms.info", roomId=rid))["room"]
    assert room["msgs"] == 6 + asked
    # The offer is silent: the last that was said is the close.
    assert room["lastMessage"]["t"] == "livechat-close"
    assert not asked or following["t"] == "livechat-close"


async def test_a_room_without_tags_has_none(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.close(rid)
    assert "tags" not in (await agent.get("rooms.info", roomId=rid))["room"]


async def test_many_closes_at_once_close_once(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi")
    mine, theirs = {"token": visitor.token, "rid": rid}, {"rid": rid, "comment": "done"}
    calls = [office.nobody.call("POST", BY_VISITOR, json=mine) for _ in range(50)]
    calls += [agent.call("POST", BY_USER, json=theirs) for _ in range(50)]
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers].count(200) == 1
    # Who comes after an agent's subscription is gone is nobody's agent any more.
    refusals = {"room-closed", "error-room-already-closed", "error-not-authorized"}
    assert {a.json()["error"] for a in answers if a.status_code != 200} <= refusals
    history = await office.nobody.get(f"livechat/messages.history/{rid}", token=visitor.token)
    kinds = [message.get("t") for message in history["messages"]]
    assert kinds == ["livechat-close", None, "uj", "command", "livechat-started"]
    room = (await office.admin.get("rooms.info", roomId=rid))["room"]
    assert (room["msgs"], room["usersCount"]) == (7, 1)


async def test_a_forced_close_takes_away_what_is_left_and_closes_nothing_twice(
    office: Office,
) -> None:
    await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.close(rid)
    before = (await office.admin.get("rooms.info", roomId=rid))["room"]
    await office.db.act(insert_subscription, before, {"_id": "x", "username": "x"})
    await office.patch("rooms", rid, usersCount=2)
    await office.setting("Omnichannel_allow_force_close_conversations", True)
    await office.admin.post(BY_USER, rid=rid, forceClose=True)
    after = (await office.admin.get("rooms.info", roomId=rid))["room"]
    assert after == before | {"_updatedAt": after["_updatedAt"]}
    assert await left_over(office, rid) == [0, 0]
