"""Whose turn it is, and how long turns took: vectors of Rocket.Chat's own hooks, and the office."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from parley.clock import later, seconds
from parley.messages import turns
from tests.clock import Clock
from tests.office import Client, Json, Office

# {name: [[who writes, seconds after the room's start, {key: value from then on; null: gone}]]},
# times as "@seconds". "assign" gives the room to the agent; a "system" message moves nothing.
VECTORS = json.loads(Path(__file__).with_name("metrics_vectors.json").read_text())
START = "2026-01-05T12:00:00.000Z"
AGENT = {"_id": "A", "username": "agent"}


@pytest.mark.parametrize("name", VECTORS)
def test_turns_take_what_rocket_chat_measures(name: str) -> None:
    room: Json = {"ts": START, "v": {}, "waitingResponse": True}
    expected: Json = {"waitingResponse": True}
    for kind, at, changes in VECTORS[name]:
        ts = later(START, seconds=at)
        if kind == "assign":
            room["servedBy"] = AGENT | {"ts": ts}
        elif kind == "visitor":
            turns.visitor_wrote(room, ts)
        elif kind == "agent":
            turns.agent_wrote(room, AGENT, ts)
            turns.agent_answered(room, ts)
        expected = {k: v for k, v in (expected | changes).items() if v is not None}
        keys = ("waitingResponse", "responseBy", "v", "metrics")
        assert flat({k: room[k] for k in keys if k in room}) == pytest.approx(expected, abs=1e-6)


def flat(doc: Json, above: str = "") -> Json:
    out: Json = {}
    for key, value in doc.items():
        if isinstance(value, dict):
            out |= flat(value, f"{above}{key}.")
        elif isinstance(value, str) and value.endswith("Z"):
            out[above + key] = f"@{seconds(START, value):g}"
        else:
            out[above + key] = value
    return out


async def say(agent: Client, room_id: str) -> Json:
    answer = await agent.post("chat.sendMessage", message={"rid": room_id, "msg": "well"})
    message: Json = answer["message"]
    return message


async def seen(office: Office, room_id: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    return room


async def test_a_conversation_is_measured(office: Office, clock: Clock) -> None:
    agent = await office.agent(username="ann")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    asked = clock.wait(seconds=10)
    await visitor.say(rid, "hi")
    answered = clock.wait(seconds=1, milliseconds=250)
    message = await say(agent, rid)
    assert message["ts"] == answered
    clock.wait(seconds=3)
    await say(agent, rid)
    room = await seen(office, rid)
    by = {"_id": agent.user_id, "username": "ann", "firstResponseTs": answered}
    assert room["responseBy"] == by | {"lastMessageTs": room["lm"]}
    assert "waitingResponse" not in room
    assert room["v"]["lastMessageTs"] == asked
    spent = {"tt": 1.25, "fd": answered, "ft": 1.25}
    assert room["metrics"] == {
        "v": {"lq": asked},
        "response": spent | {"total": 1, "avg": 1.25},
        "reaction": {"tt": 11.25, "fd": answered, "ft": 11.25},
        "servedBy": {"lr": answered},
    }
    clock.wait(minutes=2, milliseconds=600)
    comment = {"rid": rid, "comment": "done"}
    await agent.post("livechat/room.closeByUser", **comment)
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["chatDuration"] == metrics["serviceTimeDuration"] == 134.85
    # From the first answer that was left standing, in whole seconds.
    assert metrics["visitorInactivity"] == 123


async def test_an_answer_in_no_time_leaves_the_first_one_to_come(
    office: Office, clock: Clock
) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await say(agent, rid)
    metrics = (await seen(office, rid))["metrics"]
    assert metrics == {"response": {"total": 1, "tt": 0, "avg": 0}, "reaction": {"tt": 0}}
    clock.wait(seconds=2)
    await visitor.say(rid, "hi")
    answered = clock.wait(seconds=1)
    await say(agent, rid)
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["response"] == {"total": 2, "tt": 1, "avg": 0.5, "fd": answered, "ft": 1}


async def test_when_the_visitor_had_the_last_word(office: Office, clock: Clock) -> None:
    agent, manager = await office.agent(), await office.person("livechat-manager")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    clock.wait(seconds=5)
    await say(agent, rid)
    clock.wait(seconds=5)
    await visitor.say(rid, "and now?")
    clock.wait(seconds=5)
    await manager.post("livechat/room.closeByUser", rid=rid, comment="done")
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["chatDuration"] == 15
    assert "visitorInactivity" not in metrics


async def test_a_visitor_who_closes_is_not_called_inactive(office: Office, clock: Clock) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    manager = await office.agent("livechat-manager")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi")
    clock.wait(seconds=7, milliseconds=5)
    # Nobody serves the room: the reaction counts from its start.
    await say(manager, rid)
    clock.wait(seconds=3)
    await visitor.close(rid)
    metrics = (await seen(office, rid))["metrics"]
    assert metrics["reaction"]["ft"] == 7.005
    assert metrics["chatDuration"] == 10.005
    assert not {"visitorInactivity", "serviceTimeDuration"} & metrics.keys()


@pytest.mark.parametrize("ignored", [False, True])
async def test_a_bots_answers_are_measured_unless_ignored(office: Office, ignored: bool) -> None:
    await office.setting("Omnichannel_Metrics_Ignore_Automatic_Messages", ignored)
    bot = await office.agent("bot")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi")
    await say(bot, rid)
    room = await seen(office, rid)
    assert ("response" in room["metrics"]) is not ignored
    assert "v" in room["metrics"]
    # Ignored in the measures only: the visitor waits no longer.
    assert "waitingResponse" not in room
    assert room["responseBy"]["_id"] == bot.user_id


async def test_a_chat_that_is_handed_on_is_measured_from_the_handing(
    office: Office, clock: Clock
) -> None:
    ann, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    ben = await office.agent()

    async def hand(agent: Client, seconds: int) -> None:
        clock.wait(seconds=seconds)
        await office.admin.post("livechat/room.forward", roomId=rid, userId=agent.user_id)

    clock.wait(seconds=10)
    await visitor.say(rid, "hi")
    await hand(ben, 10)
    first = clock.wait(seconds=5)
    await say(ben, rid)
    metrics = (await seen(office, rid))["metrics"]
    # The visitor waited for 15 seconds, and ben took 5 of them.
    assert metrics["response"] == {"total": 1, "tt": 15, "avg": 15, "fd": first, "ft": 15}
    assert metrics["reaction"] == {"tt": 5, "fd": first, "ft": 5}
    asked = clock.wait(seconds=5)
    await visitor.say(rid, "and now?")
    await hand(ann, 10)
    answered = clock.wait(seconds=2)
    await say(ann, rid)
    clock.wait(seconds=18)
    await ann.post("livechat/room.closeByUser", rid=rid, comment="done")
    # Only the first response counts from the handing; ann's is the second.
    assert (await seen(office, rid))["metrics"] == {
        "v": {"lq": asked},
        "response": {"total": 2, "tt": 27, "avg": 13.5, "fd": first, "ft": 15},
        "reaction": {"tt": 17, "fd": first, "ft": 5},
        "servedBy": {"lr": answered},
        "chatDuration": 60,
        "serviceTimeDuration": 20,
        # From the handing, the first that was not the visitor's after they had spoken.
        "visitorInactivity": 20,
    }


async def test_messages_of_one_moment_keep_their_order(office: Office, clock: Clock) -> None:
    clock.at = datetime.now(UTC)
    await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    for n in range(12):
        await visitor.say(rid, str(n))
    found: list[Any] = []
    for offset in range(0, 15, 4):
        answer = await office.nobody.get(
            f"livechat/messages.history/{rid}", token=visitor.token, count=4, offset=offset
        )
        found += answer["messages"]
    assert [m.get("t", m["msg"]) for m in found] == [
        *[str(n) for n in reversed(range(12))],
        "uj",
        "command",
        "livechat-started",
    ]
