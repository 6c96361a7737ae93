"""One speaker in a conversation: a bot answers until it hands over, and not a word longer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from parley.conversations.away import settle_left
from parley.conversations.queue.giving_out import give_out
from parley.db import Tx
from parley.db.documents import find, save
from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor

HAND_OVER, RETURN = "livechat/room.handOver", "livechat/room.returnToBot"
LATE = "The word in this conversation has passed to another [error-not-the-speaker]"
PICTURE = {"file": ("hi.txt", b"hi", "text/plain")}


class Chat(NamedTuple):
    bot: Client
    visitor: Visitor
    rid: str


async def with_bot(office: Office, **fields: Any) -> Chat:
    """A chat that was given to the bot robo."""
    bot = await office.agent("bot", username="robo", online=False)
    await office.setting("Livechat_assign_new_conversation_to_bot", True)
    visitor = await office.visitor(**fields)
    room = await visitor.room()
    assert room["servedBy"]["username"] == "robo"
    return Chat(bot, visitor, room["_id"])


async def seen(office: Office, rid: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=rid))["room"]
    return room


async def speaker(office: Office, rid: str) -> tuple[str, int, str | None]:
    found = (await seen(office, rid))["speaker"]
    return found["kind"], found["number"], found.get("username")


async def say(person: Client, rid: str, **more: Any) -> Any:
    return await person.call("POST", "chat.sendMessage", json={"message": {"rid": rid} | more})


def refused(answer: Any, kind: str, number: int) -> bool:
    """Whether it says that the word is with another, and who that is."""
    body = answer.json()
    return (answer.status_code, body["error"], body["errorType"], body["details"]) == (
        400,
        LATE,
        "error-not-the-speaker",
        {"kind": kind, "number": number},
    )


async def told(office: Office, user_id: str) -> list[Json]:
    """What a person was told of who has the word."""
    sql = "SELECT doc FROM outbox WHERE stream = $1 AND kind = 'speaker' ORDER BY number"
    rows = await office.db.read(lambda q: q.rows(sql, f"user:{user_id}"))
    return [json.loads(row[0]) for row in rows]


async def test_there_and_back(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    bot, visitor, rid = await with_bot(office)
    room = await seen(office, rid)
    assert room["speaker"] == {
        "kind": "bot",
        "number": 1,
        "userId": bot.user_id,
        "username": "robo",
        "since": room["servedBy"]["ts"],
    }
    await visitor.say(rid, "where is my parcel?")
    assert (await say(bot, rid, msg="let me see", speaker=1)).status_code == 200
    at = clock.wait(seconds=5)
    answer = await bot.post(HAND_OVER, roomId=rid, speaker=1, comment="wants a human")
    human = {"kind": "human", "number": 2, "userId": ann.user_id, "username": "ann", "since": at}
    former = {"bot": {"_id": bot.user_id, "username": "robo"}, "handedOver": True}
    assert answer["speaker"] == human | former
    room = await seen(office, rid)
    assert room["speaker"] == answer["speaker"]
    assert room["servedBy"] == {"_id": ann.user_id, "username": "ann", "ts": at}
    [data] = (await office.admin.get(f"livechat/transfer.history/{rid}"))["history"]
    assert (data["scope"], data["comment"]) == ("agent", "wants a human")
    assert data["transferredBy"]["username"] == "robo"
    assert data["transferredTo"]["username"] == "ann"
    told_why = await ann.get("livechat/routing.explain", roomId=rid)
    assert told_why["code"] == "handed-over-to-agent"
    assert told_why["text"] == (
        "ann serves the chat. The bot that served the chat handed it over to this human."
    )
    assert told_why["decisions"][-1]["detail"]["candidates"] == [{"username": "ann", "turns": 0}]

    assert refused(await say(bot, rid, msg="it is"), "human", 2)
    assert (await say(ann, rid, msg="I am Ann")).status_code == 200
    answer = await ann.post(RETURN, roomId=rid)
    assert (answer["speaker"]["kind"], answer["speaker"]["number"]) == ("bot", 3)
    assert answer["speaker"].keys() == {"kind", "number", "userId", "username", "since"}
    # Of two answers of the bot, that which it began before the hand-over is late.
    assert refused(await say(bot, rid, msg="it is", speaker=1), "bot", 3)
    assert (await say(bot, rid, msg="me again", speaker=3)).status_code == 200
    explained = await office.admin.get("livechat/routing.explain", roomId=rid)
    assert explained["code"] == "returned-to-agent"
    parts = [{"kind": "bot", "number": 1}, {"kind": "human", "number": 2}]
    parts = [part | {"rid": rid} for part in [*parts, {"kind": "bot", "number": 3}]]
    ids = [bot.user_id, ann.user_id, bot.user_id]
    parts = [part | {"userId": user} for part, user in zip(parts, ids, strict=True)]
    assert await told(office, bot.user_id) == parts
    assert await told(office, ann.user_id) == parts[1:]
    assert await broken(office) == {}


Way = Callable[[Client, str, Json], Awaitable[Any]]


async def _post(bot: Client, rid: str, before: Json) -> Any:
    return await bot.call("POST", "chat.postMessage", json={"roomId": rid, "text": "late"})


async def _post_channel(bot: Client, rid: str, before: Json) -> Any:
    return await bot.call("POST", "chat.postMessage", json={"channel": rid, "text": "late"})


async def _send(bot: Client, rid: str, before: Json) -> Any:
    return await say(bot, rid, msg="late")


async def _edit(bot: Client, rid: str, before: Json) -> Any:
    body = {"roomId": rid, "msgId": before["message"], "text": "late"}
    return await bot.call("POST", "chat.update", json=body)


async def _media(bot: Client, rid: str, before: Json) -> Any:
    return await bot.call("POST", f"rooms.media/{rid}", files=PICTURE)


async def _confirm(bot: Client, rid: str, before: Json) -> Any:
    return await bot.call("POST", f"rooms.mediaConfirm/{rid}/{before['file']}", json={})


async def _upload(bot: Client, rid: str, before: Json) -> Any:
    return await bot.call("POST", f"rooms.upload/{rid}", files=PICTURE)


async def _method(bot: Client, rid: str, before: Json) -> Any:
    frame = {"msg": "method", "method": "sendMessage", "id": "1"}
    message = json.dumps(frame | {"params": [{"rid": rid, "msg": "late"}]})
    return await bot.call("POST", "method.call/sendMessage", json={"message": message})


WAYS = [_post, _post_channel, _send, _edit, _media, _confirm, _upload, _method]


@pytest.mark.parametrize("to", ["human", "queue"])
async def test_no_way_in_for_a_late_answer(office: Office, to: str) -> None:
    bot, _, rid = await with_bot(office)
    # A bot that may see every room is late as well.
    await office.admin.post("livechat/users/manager", username="robo")
    files = (await bot.call("POST", f"rooms.media/{rid}", files=PICTURE)).json()["file"]
    message = (await say(bot, rid, msg="early")).json()["message"]["_id"]
    if to == "human":
        await office.agent()
    await bot.post(HAND_OVER, roomId=rid)
    for wide in (True, False):
        if not wide:
            await office.admin.delete(f"livechat/users/manager/{bot.user_id}")
        before = (await seen(office, rid))["msgs"]
        for way in WAYS:
            answer = await way(bot, rid, {"file": files["_id"], "message": message})
            if way is _method:
                error = json.loads(answer.json()["message"])["error"]
                said = (error["error"], error["details"])
                assert said == ("error-not-the-speaker", {"kind": to, "number": 2})
            else:
                assert answer.status_code == 400, (way.__name__, answer.text)
                assert refused(answer, to, 2), way.__name__
        assert (await seen(office, rid))["msgs"] == before
    # Nor is it once there is another bot. One that never had the word hears nothing of the room.
    other, third = await office.agent("bot"), await office.agent("bot")
    await office.admin.post(RETURN, roomId=rid, userId=other.user_id)
    assert refused(await _send(bot, rid, {}), "bot", 3)
    assert (await _send(third, rid, {})).json()["error"] == "error-not-allowed"


ACTS: dict[str, Json] = {
    "livechat/room.closeByUser": {"comment": "done"},
    "livechat/room.forward": {"departmentId": "?"},
    "livechat/inquiries.returnAsInquiry": {},
    "livechat/room.onHold": {},
    "livechat/room.resumeOnHold": {},
    HAND_OVER: {},
    RETURN: {},
}


@pytest.mark.parametrize("path", ACTS)
async def test_no_late_act_of_a_bot(office: Office, path: str) -> None:
    """Whatever its rights, and whoever has had the chat since."""
    await office.grant("transfer-livechat-guest", "livechat-agent", "livechat-manager", "admin")
    bot, _, rid = await with_bot(office)
    ann, beep = await office.agent(), await office.agent("bot")
    body = {"rid" if path.endswith("closeByUser") else "roomId": rid} | ACTS[path]

    async def is_late(kind: str, number: int, **more: int) -> None:
        before = await seen(office, rid)
        assert refused(await bot.call("POST", path, json=body | more), kind, number)
        assert await seen(office, rid) == before

    await bot.post(HAND_OVER, roomId=rid, userId=ann.user_id)
    await is_late("human", 2)
    await ann.post(RETURN, roomId=rid, userId=beep.user_id)
    await is_late("bot", 3)
    await beep.post(HAND_OVER, roomId=rid, userId=ann.user_id)
    await is_late("human", 4)
    await office.admin.post("livechat/users/manager", username="robo")
    await is_late("human", 4)
    # With the word again, what it began before it had lost it is late.
    await ann.post(RETURN, roomId=rid, userId=bot.user_id)
    await is_late("bot", 5, speaker=1)
    answer = await bot.call("POST", path, json=body | {"speaker": 5})
    assert answer.json().get("errorType") != "error-not-the-speaker"
    assert await broken(office) == {}


async def test_what_was_stored_in_time_is_not_late_when_it_is_sent_again(office: Office) -> None:
    await office.agent()
    bot, _, rid = await with_bot(office)
    first = await say(bot, rid, msg="early", _id="early", speaker=1)
    await bot.post(HAND_OVER, roomId=rid, speaker=1)
    again = await say(bot, rid, msg="early", _id="early", speaker=1)
    assert again.json() == first.json()
    assert refused(await say(bot, rid, msg="late", _id="late", speaker=1), "human", 2)


async def test_a_number_binds_everybody_who_gives_it(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    assert await speaker(office, rid) == ("human", 1, "ann")
    mine = {"roomId": rid, "text": "hi", "speaker": 1}
    message = (await ann.post("chat.postMessage", **mine))["message"]
    assert "speaker" not in message
    await office.admin.post("livechat/room.forward", roomId=rid, userId=ben.user_id)
    assert refused(await ben.call("POST", "chat.postMessage", json=mine), "human", 2)
    form = {"files": PICTURE, "data": {"speaker": "1"}}
    assert refused(await ben.call("POST", f"rooms.upload/{rid}", **form), "human", 2)
    form["data"] = {"speaker": "2"}
    assert (await ben.call("POST", f"rooms.upload/{rid}", **form)).status_code == 200
    own = (await ben.post("chat.postMessage", roomId=rid, text="hi"))["message"]["_id"]
    edit = {"roomId": rid, "msgId": own, "text": "ho", "speaker": 1}
    assert refused(await ben.call("POST", "chat.update", json=edit), "human", 2)
    await ben.post("chat.update", **edit | {"speaker": 2})
    # People who give none write beside each other, as ever.
    await office.admin.get("livechat/room.join", roomId=rid)
    await office.admin.post("chat.postMessage", roomId=rid, text="ben is right")
    for wrong in (-1, 2**60, "x"):
        body = mine | {"speaker": wrong}
        assert (await ben.refused("POST", "chat.postMessage", json=body))[0] == 400


async def test_bots_beside_a_chat(office: Office) -> None:
    """A bot that is no agent is never given a chat, and tells what it has to tell."""
    await office.agent(username="ann")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    notifier = await office.person("bot", "livechat-manager")
    assert (await say(notifier, rid, msg="the parcel left")).status_code == 200
    assert refused(await say(notifier, rid, msg="the parcel left", speaker=0), "human", 1)
    assert (await notifier.refused("POST", HAND_OVER, json={"roomId": rid}))[1]["error"] == (
        "error-not-allowed"
    )
    bot = await office.agent("bot", "livechat-manager")
    assert refused(await say(bot, rid, msg="me too"), "human", 1)
    assert refused(await bot.call("POST", HAND_OVER, json={"roomId": rid}), "human", 1)
    # What they wrote elsewhere, or others here, they may still change: that is no answer.
    own = (await visitor.say(rid, "hi"))["_id"]
    await office.grant("edit-message", "livechat-manager", "admin")
    await bot.post("chat.update", roomId=rid, msgId=own, text="hello")


async def test_whom_a_bot_hands_over_to(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    off = await office.agent(online=False)
    beep = await office.agent("bot", username="beep", online=False)
    await office.agent("bot", username="aaaa", online=False)
    sales = await office.department(ben, beep)
    bots = await office.department(beep)
    bot, visitor, rid = await with_robo(office)

    async def over(**body: Any) -> tuple[str, int, str | None]:
        await bot.post(HAND_OVER, roomId=rid, **body)
        now = await speaker(office, rid)
        await office.admin.post(RETURN, roomId=rid)
        assert (await speaker(office, rid))[0] == "bot"
        return now

    async def fails(**body: Any) -> str:
        _, answer = await bot.refused("POST", HAND_OVER, json={"roomId": rid} | body)
        return str(answer["error"])

    number = (await seen(office, rid))["speaker"]["number"]
    assert await over(userId=ben.user_id) == ("human", number + 1, "ben")
    assert await over() == ("human", number + 3, "ann")
    assert await over() == ("human", number + 5, "ben")
    assert await fails(userId=beep.user_id) == "error-user-is-a-bot"
    assert await fails(userId=bot.user_id) == "error-user-is-a-bot"
    assert await fails(userId=off.user_id) == "error-user-is-offline"
    assert await fails(departmentId="?") == "error-invalid-department"
    both = {"departmentId": sales["_id"]}
    assert await fails(**both, userId=beep.user_id) == "error-user-is-a-bot"
    assert await fails(**both, userId=ann.user_id) == "error-user-not-belong-to-department"
    assert (await speaker(office, rid))[1] == number + 6
    assert (await over(**both))[2] == "ben"
    assert (await seen(office, rid))["departmentId"] == sales["_id"]
    # Nobody but bots is there: it waits in that queue, not with an error.
    assert (await over(departmentId=bots["_id"]))[0] == "queue"
    await ann.post("livechat/agent.status", status="not-available")
    await ben.post("livechat/agent.status", status="not-available")
    assert (await over())[0] == "queue"
    assert await fails(speaker=0) == LATE
    await visitor.close(rid)
    assert await fails() == "This_conversation_is_already_closed"
    assert await fails(roomId="?") == "error-invalid-room"
    assert await broken(office) == {}


async def with_robo(office: Office) -> Chat:
    """As `with_bot`, among other bots."""
    bot = await office.agent("bot", username="robo", online=False)
    visitor = await office.visitor()
    query = {"token": visitor.token, "agentId": bot.user_id}
    rid = (await office.nobody.get("livechat/room", **query))["room"]["_id"]
    return Chat(bot, visitor, rid)


@pytest.mark.parametrize("queue", [True, False])
async def test_a_chat_that_wants_a_human_goes_to_no_bot(
    office: Office, clock: Clock, queue: bool
) -> None:
    """By no routing, whatever becomes of the human; a person may still give it to one."""
    await office.setting("Livechat_waiting_queue", queue)
    beep = await office.agent("bot", username="beep")
    department = await office.department(beep)
    bot, _, rid = await with_robo(office)
    await bot.post(HAND_OVER, roomId=rid, departmentId=department["_id"])
    await give_out(office.db, {})
    assert (await speaker(office, rid))[0] == "queue"
    explained = await office.admin.get("livechat/routing.explain", roomId=rid)
    assert explained["waiting"]["code"] == "nobody-online"
    assert explained["waiting"]["agents"]["agents"] == 0
    assert "handed-over-to-queue" in [each["code"] for each in explained["decisions"]]
    # Those behind it do not wait for a human.
    await office.setting("Livechat_assign_new_conversation_to_bot", False)
    visitor = await office.visitor(department=department["_id"])
    behind = (await visitor.room())["_id"]
    await give_out(office.db, {})
    assert await speaker(office, behind) == ("bot", 1, "beep")
    inquiry = (await office.admin.get("livechat/inquiries.getOne", roomId=rid))["inquiry"]["_id"]
    take = {"inquiryId": inquiry}
    answer = await beep.refused("POST", "livechat/inquiries.take", json=take)
    assert answer[1]["errorType"] == "error-waits-for-a-human"
    # A human comes, and goes.
    ann = await office.agent(username="ann")
    path = f"livechat/department/{department['_id']}/agents"
    seat = {"agentId": ann.user_id, "username": "ann"}
    await office.admin.post(path, upsert=[seat], remove=[])
    await give_out(office.db, {})
    assert await speaker(office, rid) == ("human", 3, "ann")
    await ann.post("livechat/inquiries.returnAsInquiry", roomId=rid)
    await give_out(office.db, {})
    assert await speaker(office, rid) == ("queue", 4, None)
    other = await office.department(beep)
    forward = {"roomId": rid, "departmentId": other["_id"]}
    answer = await office.admin.refused("POST", "livechat/room.forward", json=forward)
    assert answer[1]["error"] == "error-no-agents-available-for-service-on-department"
    await office.admin.post("livechat/room.forward", roomId=rid, userId=beep.user_id)
    assert (await seen(office, rid))["speaker"].keys().isdisjoint({"bot", "handedOver"})


async def test_an_agent_who_is_away_leaves_it_to_no_bot(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_agent_leave_action", "forward")
    await office.setting("Livechat_agent_leave_action_timeout", 60)
    ann, beep = await office.agent(username="ann"), await office.agent("bot", username="beep")
    department = await office.department(ann, beep)
    visitor = await office.visitor(department=department["_id"])
    bot = await office.agent("bot", username="robo")
    rid = (await visitor.room())["_id"]
    await office.admin.post(RETURN, roomId=rid, userId=bot.user_id)
    await bot.post(HAND_OVER, roomId=rid)
    assert (await speaker(office, rid))[2] == "ann"
    await ann.post("users.setStatus", status="offline")
    clock.wait(seconds=61)
    await settle_left(office.db)
    assert (await speaker(office, rid))[0] == "queue"


async def test_who_returns_a_chat_and_to_whom(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    await office.person()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]

    async def fails(person: Client, **body: Any) -> str:
        _, answer = await person.refused("POST", RETURN, json={"roomId": rid} | body)
        return str(answer["error"])

    assert await fails(ann) == "error-no-bot"
    bot = await office.agent("bot", username="robo", online=False)
    await bot.post("livechat/agent.status", status="not-available")
    assert await fails(ann) == "error-no-bot"
    assert await fails(ann, userId=ben.user_id) == "error-no-bot"
    assert await fails(ben, userId=bot.user_id) == "error-not-allowed"
    assert await fails(ann, userId=bot.user_id, speaker=7) == LATE
    assert await fails(ann, roomId="?") == "error-invalid-room"
    await ann.post(RETURN, roomId=rid, userId=bot.user_id, speaker=1, comment="yours")
    assert await speaker(office, rid) == ("bot", 2, "robo")
    assert await fails(office.admin) == "error-no-bot"
    same = "error-selected-agent-room-agent-are-same"
    assert await fails(office.admin, userId=bot.user_id) == same
    other = await office.agent("bot", username="beep")
    # Bots do not pass a chat among themselves, unless they may forward.
    assert await fails(bot, userId=other.user_id) == "error-not-allowed"
    await office.admin.post(RETURN, roomId=rid, userId=other.user_id)
    assert await speaker(office, rid) == ("bot", 3, "beep")
    await other.post(HAND_OVER, roomId=rid, userId=ben.user_id)
    await office.admin.post("users.setActiveStatus", userId=other.user_id, activeStatus=False)
    assert await fails(ben) == "error-no-bot"
    await visitor.close(rid)
    assert await fails(office.admin, userId=bot.user_id) == "This_conversation_is_already_closed"


async def test_a_chat_from_before_there_were_speakers(office: Office) -> None:
    ann = await office.agent(username="ann")
    bot, _, rid = await with_bot(office)

    async def forget(tx: Tx) -> None:
        room = await find(tx, "rooms", rid)
        assert room is not None
        del room["speaker"]
        await save(tx, "rooms", room)

    await office.db.act(forget)
    assert (await say(bot, rid, msg="hi", speaker=0)).status_code == 200
    await bot.post(HAND_OVER, roomId=rid, speaker=0)
    assert (await seen(office, rid))["speaker"]["bot"]["username"] == "robo"
    assert await speaker(office, rid) == ("human", 1, "ann")
    assert refused(await say(bot, rid, msg="late"), "human", 1)
    await office.db.act(forget)
    await ann.post("livechat/inquiries.returnAsInquiry", roomId=rid)
    assert await speaker(office, rid) == ("queue", 1, None)


async def test_no_answer_lands_after_the_hand_over(office: Office) -> None:
    """Fifty answers, with their numbers and without, and a hand-over among them."""
    await office.agent(username="ann")
    bot, _, rid = await with_bot(office)
    landed: set[str] = set()
    some = asyncio.Event()

    async def answers(keys: range) -> None:
        for n in keys:
            number = {"speaker": 1} if n % 2 else {}
            got = await say(bot, rid, msg="?", _id=f"answer{n}", **number)
            if got.status_code == 200:
                landed.add(f"answer{n}")
                if len(landed) == 10:
                    some.set()
            else:
                assert refused(got, "human", 2), got.text

    async def hand_over() -> None:
        await some.wait()
        await bot.post(HAND_OVER, roomId=rid, speaker=1)

    await asyncio.gather(*[answers(range(n, n + 5)) for n in range(0, 50, 5)], hand_over())
    sql = "SELECT id, kind FROM messages WHERE room_id = $1 ORDER BY ts, seq, id"
    rows = [tuple(row) for row in await office.db.read(lambda q: q.rows(sql, rid))]
    kinds = [kind for _, kind in rows]
    passed = len(kinds) - kinds[::-1].index("uj") - 1
    assert {key for key, kind in rows[:passed] if kind is None} == landed
    assert [key for key, kind in rows[passed:] if kind is None] == []
    assert 10 <= len(landed) < 50
    assert await broken(office) == {}


async def test_others_are_told_as_of_a_forwarding(office: Office) -> None:
    """To the queue, to a human and back: the webhooks, in the order of the acts."""
    bot, _, rid = await with_bot(office)
    for name, value in (
        ("Livechat_webhookUrl", "https://crm.example/hook"),
        ("Livechat_webhook_on_forward", True),
        ("Livechat_webhook_on_chat_queued", True),
    ):
        await office.setting(name, value)
    ann = await office.agent(online=False)
    await bot.post(HAND_OVER, roomId=rid)
    await office.admin.post(RETURN, roomId=rid)
    await ann.post("users.setStatus", status="online")
    await bot.post(HAND_OVER, roomId=rid)
    sql = "SELECT type, doc FROM webhook_events WHERE lane = $1 ORDER BY seq"
    rows = await office.db.read(lambda q: q.rows(sql, rid))
    bodies = [json.loads(row[1])["extra"] for row in rows]
    told = [
        (row[0], "servedBy" in b, "oldServedBy" in b) for row, b in zip(rows, bodies, strict=True)
    ]
    forwarded = "LivechatSessionForwarded"
    assert told == [
        ("LivechatSessionQueued", False, False),
        (forwarded, False, True),
        (forwarded, True, False),
        (forwarded, True, True),
    ]
