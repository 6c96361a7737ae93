"""Threads, people who are named, code without an end, and a message named by its file."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.messages.text import FENCE, closed
from tests.forms import form
from tests.messages.test_changes import Scene, not_found
from tests.messages.test_methods import call
from tests.office import Json, Office


@pytest.fixture
async def scene(office: Office) -> Scene:
    return await Scene(office).set()


async def stored(scene: Scene, key: str) -> Json:
    message: Json = (await scene.office.admin.get("chat.getMessage", msgId=key))["message"]
    return message


def told(message: Json) -> list[Any]:
    return [message.get(key) for key in ("tcount", "tlm", "replies")]


async def test_a_thread_is_told_on_the_message_it_hangs_on(scene: Scene) -> None:
    office, anna = scene.office, scene.anna
    root = await scene.say()
    first = await scene.answer("aside", tmid=root)
    begun = [scene.maria.id, anna.user_id]
    assert told(await stored(scene, root)) == [1, (await stored(scene, first))["ts"], begun]
    # It is the room's last message, which a thread does not replace, and is told there too.
    assert (await scene.room())["lastMessage"] == await stored(scene, root)
    second = await scene.answer("aside again", tmid=first)
    file = form({"tmid": root}, ("a.txt", b"x", "text/plain"))
    third = (await office.admin.call("POST", f"rooms.upload/{scene.rid}", **file)).json()["message"]
    assert told(await stored(scene, root)) == [3, third["ts"], [*begun, office.admin.user_id]]
    assert told(await stored(scene, first)) == [None] * 3
    # The same message sent again is no other answer.
    sent = {"rid": scene.rid, "msg": "x", "_id": "again", "tmid": root}
    for _ in range(2):
        await anna.post("chat.sendMessage", message=sent)
    assert (await stored(scene, root))["tcount"] == 4
    assert await scene.edit(office.admin, root) == ""
    assert (await stored(scene, root))["tcount"] == 4
    assert await scene.delete(office.admin, "again") == ""
    assert told(await stored(scene, root))[:2] == [3, third["ts"]]
    await office.setting("Message_ShowDeletedStatus", True)
    for key in (first, third["_id"], second):
        assert await scene.delete(office.admin, key) == ""
    assert told(await stored(scene, root)) == [None] * 3
    assert (await scene.room())["lastMessage"] == await stored(scene, root)


async def test_any_order_of_answers_and_deletions(sqlite_office: Office) -> None:
    scene = await Scene(sqlite_office).set()
    chance = random.Random(4)
    roots = [await scene.say() for _ in range(2)]
    hanging: dict[str, list[str]] = {root: [] for root in roots}
    for _ in range(25):
        root = chance.choice(roots)
        if hanging[root] and chance.random() < 0.45:
            gone = hanging[root].pop(chance.randrange(len(hanging[root])))
            assert await scene.delete(sqlite_office.admin, gone) == ""
        else:
            tmid = chance.choice([root, *hanging[root]])
            shown = {"tshow": True} if chance.random() < 0.3 else {}
            hanging[root].append(await scene.answer("aside", tmid=tmid, **shown))
        for key, answers in hanging.items():
            message = await stored(scene, key)
            times = [(await stored(scene, answer))["ts"] for answer in answers]
            expected = [len(times), max(times)] if times else [None, None]
            assert told(message)[:2] == expected
    assert await scene.delete(sqlite_office.admin, roots[0]) == ""
    late = await scene.answer("late", tmid=hanging[roots[0]][0])
    assert (await stored(scene, late))["tmid"] == roots[0]


async def test_who_is_named(scene: Scene) -> None:
    office, anna = scene.office, scene.anna
    await office.person(username="grace")
    await office.person(username="Ada.L")
    ada = (await office.admin.get("users.info", username="Ada.L"))["user"]
    me = {"_id": anna.user_id, "username": "anna", "name": "Anna", "type": "user"}
    everybody = {"_id": "all", "username": "all"}
    text = "@ada.l @anna, @nobody `@grace` @all: *@anna*"
    message = await stored(scene, await scene.answer(text))
    named = {"_id": ada["_id"], "username": "Ada.L", "name": ada["name"], "type": "user"}
    assert (message["mentions"], message["channels"]) == ([named, me, everybody], [])

    async def unread() -> list[int]:
        subscription = (await anna.get("subscriptions.getOne", roomId=scene.rid))["subscription"]
        return [subscription[key] for key in ("userMentions", "groupMentions")]

    before = await unread()
    # Nobody learns from a chat who else works here.
    message = await stored(scene, await scene.say(text))
    assert message["mentions"] == [me, everybody]
    assert await unread() == [before[0] + 1, before[1] + 1]
    assert await scene.edit(scene.maria, message["_id"], "nobody") == ""
    assert (await stored(scene, message["_id"]))["mentions"] == []
    await office.grant("mention-all", "admin")
    assert (await stored(scene, await scene.answer("@all")))["mentions"] == []


async def test_code_that_was_not_ended_ends(scene: Scene) -> None:
    for sent, kept in (
        ("look:\n```\na = 1", "look:\n```\na = 1\n```"),
        ("```\na\n```", "```\na\n```"),
        ("`a` ``b``", "`a` ``b``"),
    ):
        message = await stored(scene, await scene.say(sent))
        assert message["msg"] == kept
        assert await scene.edit(scene.maria, message["_id"], f"{sent} ") == ""
        assert (await stored(scene, message["_id"]))["msg"].count(FENCE) % 2 == 0
    (code,) = (await stored(scene, await scene.answer("```\nb = 2")))["md"]
    assert code["type"] == "CODE"


@given(st.text("`a\n", max_size=20))
def test_what_is_closed_stays_as_it_is(text: str) -> None:
    assert closed(text).startswith(text)
    assert closed(text).count(FENCE) % 2 == 0
    assert closed(closed(text)) == closed(text)


async def test_a_message_is_deleted_by_its_file(scene: Scene) -> None:
    office, anna = scene.office, scene.anna
    sent = form(None, ("a.txt", b"x", "text/plain"))
    message = (await anna.call("POST", f"rooms.upload/{scene.rid}", **sent)).json()["message"]
    file = message["file"]["_id"]

    async def delete(who: Any, **body: Any) -> tuple[int, Json]:
        answer = await who.call("POST", "chat.delete", json=body)
        return answer.status_code, answer.json()

    for who, key in ((scene.other, file), (anna, "nothing")):
        status, answer = await delete(who, fileId=key)
        assert status == 400
        assert answer["error"].startswith("No message found")
    assert (await delete(anna, fileId="nothing"))[1]["error"] == not_found("nothing")
    missing = {"success": False, "errorType": "invalid-params"}
    for body, name in (({}, "roomId"), ({"roomId": scene.rid}, "msgId")):
        text = f"must have required property '{name}'"
        assert await delete(anna, **body) == (400, missing | {"error": text})
    status, answer = await delete(anna, fileId=file)
    assert (status, answer["message"]["_id"]) == (200, message["_id"])
    assert (await office.http.get(f"/file-upload/{file}/a.txt")).status_code == 404


async def test_a_methods_result_shows_tokens_if_the_office_wants_it(scene: Scene) -> None:
    key = await scene.say()
    hidden = (await call(scene.anna, "getSingleMessage", key))[1]["result"]["token"]
    assert hidden != scene.maria.token
    await scene.office.setting("Livechat_show_visitor_token", True)
    shown = (await call(scene.anna, "getSingleMessage", key))[1]["result"]["token"]
    assert shown == scene.maria.token
