"""Who must be verified, by a code that is mailed; and whose chats agents are not given."""

import re
from collections.abc import AsyncIterator

import pytest

from parley.conversations.verification.answering import close_old
from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.contacts.test_blocking import channel
from tests.integrations.provider import Provider
from tests.integrations.test_sms import rooms, run, sms, taken, twilio
from tests.office import Json, Office, Visitor
from tests.postbox import Postbox, open_postbox

__all__ = ["twilio"]

REQUIRE = "Livechat_Require_Contact_Verification"
VERIFY = "omnichannel/contacts.verify"


@pytest.fixture
async def postbox(office: Office) -> AsyncIterator[Postbox]:
    async with open_postbox(office) as box:
        yield box


async def work(office: Office) -> None:
    kinds = {kind: JOBS[kind] for kind in JOBS if kind.startswith("verification")}
    await Worker(office.db, kinds).run_what_is_due()


async def said(office: Office, room_id: str) -> list[str]:
    """By the server, oldest first."""
    found = await office.admin.get("channels.messages", roomId=room_id)
    messages = reversed(found["messages"])
    return [m["msg"] for m in messages if m["u"]["username"] == "rocket.cat" and "t" not in m]


async def now(office: Office, room_id: str) -> tuple[str, bool, bool]:
    """(the inquiry's status, whether somebody serves the chat, whether it is verified)"""
    room = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    inquiry = (await office.admin.get("livechat/inquiries.getOne", roomId=room_id))["inquiry"]
    return (inquiry or {}).get("status", ""), "servedBy" in room, room["verified"]


def code_in(box: Postbox) -> str:
    found = re.search(r"\b\d{6}\b", box.mails[-1].get_content())
    assert found
    return found[0]


async def answer(office: Office, visitor: Visitor, room_id: str, text: str) -> None:
    await visitor.say(room_id, text)
    await work(office)


async def channels(office: Office, room_id: str) -> list[Json]:
    room = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    key = room["contactId"]
    found = await office.admin.get("omnichannel/contacts.get", contactId=key)
    held: list[Json] = found["contact"]["channels"]
    return held


async def test_a_visitor_is_verified_by_a_mailed_code(office: Office, postbox: Postbox) -> None:
    anna = await office.agent()
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await office.setting(REQUIRE, "once")
    visitor = await office.visitor(email="maria@mail.example")
    room = (await visitor.room())["_id"]
    await answer(office, visitor, room, "Hello, my order 12345678 is late")
    assert await now(office, room) == ("verifying", False, False)
    assert (await anna.get("livechat/inquiries.queuedForUser"))["total"] == 0
    [asked] = await said(office, room)
    assert "m…@mail.example" in asked
    assert [mail["To"] for mail in postbox.mails] == ["maria@mail.example"]
    code = code_in(postbox)
    stored = str(await office.db.read(lambda q: q.rows("SELECT * FROM verifications")))
    stored += str(await office.db.read(lambda q: q.rows("SELECT CAST(doc AS text) FROM jobs")))
    assert code not in stored
    wrong = f"{(int(code) + 1) % 10**6:06}"
    await answer(office, visitor, room, wrong)
    assert await now(office, room) == ("verifying", False, False)
    assert "not the code" in (await said(office, room))[-1]
    await answer(office, visitor, room, f"It is {code}!")
    assert await now(office, room) == ("taken", True, True)
    [held] = await channels(office, room)
    assert (held["verified"], held["field"], held["value"]) == (True, "email", "maria@mail.example")
    assert (await anna.get("rooms.info", roomId=room))["room"]["servedBy"]["_id"] == anna.user_id
    # Once is once: of this channel.
    await visitor.close(room)
    second = (await visitor.room())["_id"]
    assert await now(office, second) == ("taken", True, True)
    # Or each time.
    await visitor.close(second)
    await office.setting(REQUIRE, "always")
    third = (await visitor.room())["_id"]
    assert await now(office, third) == ("verifying", False, False)
    assert await office.db.read(lambda q: q.value("SELECT count(*) FROM verifications")) == 1


async def test_an_address_is_asked_for_and_tries_are_few(
    office: Office, postbox: Postbox, clock: Clock
) -> None:
    await office.agent()
    await office.setting(REQUIRE, "once")
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    await answer(office, visitor, room, "Hello")
    assert len(postbox.mails) == 0
    assert len(await said(office, room)) == 1
    await answer(office, visitor, room, "it is Maria@Mail.example, thanks")
    assert [mail["To"] for mail in postbox.mails] == ["maria@mail.example"]
    old = code_in(postbox)
    clock.wait(minutes=16)
    await answer(office, visitor, room, old)  # one try
    assert "not good any more" in (await said(office, room))[-1]
    for _ in range(2):  # two more, and two mails
        await answer(office, visitor, room, "maria@mail.example")
    assert len(postbox.mails) == 3
    new = code_in(postbox)
    assert (await now(office, room))[0] == "verifying"
    # The fourth mail within the hour is not sent, in whatever chat.
    other = await office.visitor(email="maria@mail.example")
    another = (await other.room())["_id"]
    await work(office)
    assert len(postbox.mails) == 3
    assert "several codes" in (await said(office, another))[0]
    for _ in range(2):
        await answer(office, visitor, room, f"{(int(new) + 1) % 10**6:06}")
    closed = (await office.admin.get("rooms.info", roomId=room))["room"]
    assert ("open" in closed, closed["closedBy"]["username"]) == (False, "rocket.cat")
    # What nobody verifies in a day is closed.
    clock.wait(hours=25)
    await close_old(office.db)
    closed = (await office.admin.get("rooms.info", roomId=another))["room"]
    assert "open" not in closed
    assert await office.db.read(lambda q: q.value("SELECT count(*) FROM verifications")) == 0


async def test_somebody_says_that_it_is_them(office: Office) -> None:
    """Without mail, by an agent or an integration."""
    anna = await office.agent()
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await office.setting(REQUIRE, "once")
    visitor = await office.visitor(email="maria@mail.example")
    department = await office.department(anna)
    room = (await visitor.room())["_id"]
    assert await said(office, room) == []
    assert await now(office, room) == ("verifying", False, False)
    moved = {"token": visitor.token, "rid": room, "department": department["_id"]}
    path = "livechat/visitor/department.transfer"
    assert (await office.nobody.refused("POST", path, json=moved))[1]["error"] == (
        "error-unverified-contact"
    )
    body = channel(visitor.id) | {"field": "phone", "value": "+351 900"}
    for wrong in (channel("none"), channel(visitor.id, "sms")):
        assert (await anna.refused("POST", VERIFY, json=wrong))[1]["error"] == (
            "error-contact-not-found"
        )
    await anna.post(VERIFY, **body)
    assert await now(office, room) == ("taken", True, True)
    [held] = await channels(office, room)
    assert (held["field"], held["value"], held["verified"]) == ("phone", "+351 900", True)
    explained = await anna.get("livechat/routing.explain", roomId=room)
    assert [d["code"] for d in explained["decisions"]] == ["verifying", "fewest-turns"]
    person = await office.person()
    assert (await person.refused("POST", VERIFY, json=body))[0] == 403
    # Who is taken while they are verified stays taken.
    other = await office.visitor()
    waiting = (await other.room())["_id"]
    inquiry = (await office.admin.get("livechat/inquiries.getOne", roomId=waiting))["inquiry"]
    taking = {"inquiryId": inquiry["_id"], "userId": anna.user_id}
    await office.admin.post("livechat/inquiries.take", **taking)
    await anna.post(VERIFY, **channel(other.id))
    assert await now(office, waiting) == ("taken", True, True)
    await office.admin.call("DELETE", f"livechat/visitor/{visitor.token}")


async def give_out(office: Office) -> None:
    await Worker(office.db, {"queue.look": JOBS["queue.look"]}).run_what_is_due()
    await JOBS["queue"](office.db, {})


@pytest.mark.parametrize("rule", ["Unknown", "Unverified"])
async def test_agents_are_not_given_chats_of_strangers(office: Office, rule: str) -> None:
    anna = await office.agent()
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await office.setting(f"Livechat_Block_{rule}_Contacts", True)
    code = f"error-{rule.lower()}-contact"
    visitor, behind = await office.visitor(), await office.visitor()
    room = await visitor.room()
    assert await now(office, room["_id"]) == ("queued", False, False)
    inquiry = (await anna.get("livechat/inquiries.queuedForUser"))["inquiries"][0]
    _, refused = await anna.refused(
        "POST", "livechat/inquiries.take", json={"inquiryId": inquiry["_id"]}
    )
    assert (refused["error"], refused["errorType"]) == (f"[{code}]", code)
    forward = {"roomId": room["_id"], "userId": anna.user_id}
    assert (await office.admin.refused("POST", "livechat/room.forward", json=forward))[1] == refused
    # Who may be given away stands behind, and is not held up.
    second = await behind.room()
    if rule == "Unknown":
        name = {"contactId": second["contactId"], "name": "Known"}
        await anna.post("omnichannel/contacts.update", **name)
    else:
        await anna.post(VERIFY, **channel(behind.id))
    await give_out(office)
    assert (await now(office, second["_id"]))[:2] == ("taken", True)
    assert (await now(office, room["_id"]))[:2] == ("queued", False)
    # A bot may talk with anybody, to find out who they are.
    bot = await office.agent("bot")
    await bot.post("livechat/inquiries.take", inquiryId=inquiry["_id"])
    assert (await now(office, room["_id"]))[:2] == ("taken", True)


@pytest.mark.parametrize("rule", ["Unknown", "Unverified"])
async def test_a_bot_hands_a_stranger_over_to_nobody(office: Office, rule: str) -> None:
    """Their chat waits until agents are given it."""
    bot = await office.agent("bot", username="robo", online=False)
    await office.setting("Livechat_assign_new_conversation_to_bot", True)
    await office.setting(f"Livechat_Block_{rule}_Contacts", True)
    visitor = await office.visitor()
    room = await visitor.room()
    assert room["servedBy"]["username"] == "robo"
    await office.agent()
    answer = await bot.post("livechat/room.handOver", roomId=room["_id"])
    assert answer["speaker"]["kind"] == "queue"
    await give_out(office)
    assert (await now(office, room["_id"]))[:2] == ("queued", False)


async def test_by_sms(office: Office, twilio: Provider, postbox: Postbox) -> None:
    await office.agent()
    await office.setting(REQUIRE, "once")
    await taken(office, sms("Hello", MessageSid="SM1"))
    await run(office)
    [room] = await rooms(office)
    assert await now(office, room["_id"]) == ("verifying", False, False)
    await taken(office, sms("maria@mail.example", MessageSid="SM2"))
    await run(office)
    await taken(office, sms(code_in(postbox), MessageSid="SM3"))
    await run(office)
    assert await now(office, room["_id"]) == ("taken", True, True)
    assert [sent.form["Body"][0][:14] for sent in twilio.got] == [
        "Before we conn",
        "We are sending",
        "Thank you. We ",
    ]
