"""Every event of the contract's table: when it is told, with what body and headers."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiosmtplib
import pytest

from parley.integrations.courier import Courier
from parley.integrations.receiver import MOST_KEPT
from parley.outgoing import NotAsked
from tests.forms import form
from tests.integrations.crm import Crm, Json, crm
from tests.office import Office

SECRET = "secret of bóth"
SWITCHES = [
    "start",
    "close",
    "chat_taken",
    "chat_queued",
    "forward",
    "offline_msg",
    "visitor_message",
    "agent_message",
    "capture",
]


@pytest.fixture
async def receiver(office: Office) -> AsyncIterator[Crm]:
    """All that there is to tell is told to it."""
    async with crm() as told:
        await office.setting("Livechat_webhookUrl", told.url)
        await office.setting("Livechat_secret_token", SECRET)
        for name in SWITCHES:
            await office.setting(f"Livechat_webhook_on_{name}", True)
        yield told


async def tell(office: Office) -> None:
    await Courier(office.db).run_what_is_due()


async def deliveries(office: Office, **query: Any) -> list[Json]:
    found: list[Json] = (await office.admin.get("livechat/webhooks.deliveries", **query))[
        "deliveries"
    ]
    return found


def sent_of(receiver: Crm, kind: str) -> Json:
    return next(body for body in receiver.bodies() if body["type"] == kind)


async def test_a_chat_from_its_beginning_to_its_end(office: Office, receiver: Crm) -> None:
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await office.setting("Site_Url", "https://office.example/")
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    first, second = await office.department(ann), await office.department(ben)
    visitor = await office.visitor(
        name="Maria", email="maria@shop.example", phone="123", department=first["_id"]
    )
    await office.patch("visitors", visitor.id, userAgent=AGENT, ip="192.0.2.7")
    room_id = (await visitor.room())["_id"]
    await visitor.say(room_id, "hi")
    await ann.post("chat.postMessage", roomId=room_id, text="hello")
    note = form({}, ("note.txt", b"a note", "text/plain"))
    note["headers"] |= {"x-visitor-token": visitor.token}
    await office.nobody.call("POST", f"livechat/upload/{room_id}", **note)
    forward = {"roomId": room_id, "departmentId": second["_id"]}
    await office.admin.post("livechat/room.forward", **forward)
    await office.admin.post("livechat/room.forward", roomId=room_id, userId=ann.user_id)
    await visitor.close(room_id)
    edit = {"guestData": {"_id": visitor.id}, "roomData": {"_id": room_id, "topic": "Order"}}
    await office.admin.post("livechat/room.saveInfo", **edit)
    await tell(office)
    assert receiver.types() == [
        "LivechatSessionStart",
        "LivechatSessionTaken",
        "Message",
        "Message",
        "Message",
        "LivechatSessionTaken",
        "LivechatSessionForwarded",
        "LivechatSessionTaken",
        "LivechatSessionForwarded",
        "LivechatSession",
        "LivechatEdit",
    ]
    check_headers(receiver)
    check_common(receiver, visitor.token, room_id)
    start, taken, hi, hello, file, _, moved, _, handed, closed, edited = receiver.bodies()
    assert start["departmentId"] == first["_id"]
    assert "agent" not in start
    assert (taken["servedBy"]["username"], taken["agent"]["username"]) == ("ann", "ann")
    assert taken["agent"]["email"] == [{"address": "ann@office.example"}]
    assert [(m["msg"], m["username"], "agentId" in m) for m in hi["messages"]] == [
        ("hi", visitor.doc["username"], False)
    ]
    assert [(m["msg"], m["agentId"]) for m in hello["messages"]] == [("hello", ann.user_id)]
    upload = file["messages"][0]["fileUpload"]
    assert upload["publicFilePath"].startswith("https://office.example/file-upload/")
    assert (upload["type"], upload["size"]) == ("text/plain", 6)
    assert (moved["oldDepartmentId"], moved["departmentId"]) == (first["_id"], second["_id"])
    assert "oldServedBy" not in moved
    assert (handed["oldServedBy"]["username"], handed["servedBy"]["username"]) == ("ben", "ann")
    assert (closed["closer"], closed["closedBy"]["_id"]) == ("visitor", visitor.id)
    assert "closedAt" in closed
    whole = [(m["msg"], m.get("closingMessage")) for m in edited["messages"]]
    assert whole[:2] == [("hi", None), ("hello", None)]
    assert whole[3:] == [("Closed by visitor", True)]
    assert edited["topic"] == "Order"
    assert all(row["state"] == "done" for row in await deliveries(office, rid=room_id))


AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def check_headers(receiver: Crm) -> None:
    for sent in receiver.got:
        assert sent.headers["content-type"] == "application/json"
        token = sent.headers["x-rocketchat-livechat-token"].encode("latin-1").decode()
        assert token == SECRET
        at, _, digest = sent.headers["x-parley-signature"].partition(",v1=")
        signed = at.removeprefix("t=").encode() + b"." + sent.body
        assert digest == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert len({sent.event for sent in receiver.got}) == len(receiver.got)


def check_common(receiver: Crm, token: str, room_id: str) -> None:
    for body in receiver.bodies():
        assert (body["_id"], body["label"]) == (room_id, "Maria")
        assert {"createdAt", "lastMessageAt"} <= body.keys()
        visitor = body["visitor"]
        assert visitor["token"] == token
        assert visitor["email"] == [{"address": "maria@shop.example"}]
        assert visitor["phone"] == [{"phoneNumber": "123"}]
        told = (visitor["ip"], visitor["os"], visitor["browser"])
        assert told == ("192.0.2.7", "Windows 10", "Firefox 128.0")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_waits_for_an_agent(office: Office, receiver: Crm) -> None:
    ann = await office.agent(username="ann")
    department = await office.department(ann)
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    forward = {"roomId": room_id, "departmentId": department["_id"]}
    await office.admin.post("livechat/room.forward", **forward)
    await tell(office)
    assert receiver.types() == [
        "LivechatSessionStart",
        "LivechatSessionQueued",
        "LivechatSessionQueued",
        "LivechatSessionForwarded",
    ]
    queued = receiver.bodies()[2]
    assert queued["departmentId"] == department["_id"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_who_leaves_an_address_is_a_lead(office: Office, receiver: Crm) -> None:
    await office.agent()
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]

    async def leads(text: str) -> int:
        await tell(office)
        receiver.got.clear()
        await visitor.say(room_id, text)
        await tell(office)
        assert all(b["messages"] == [] for b in receiver.bodies() if b["type"] != "Message")
        return receiver.types().count("LeadCapture")

    assert await leads("just looking") == 0
    assert await leads("I am Maria@Shop.Com") == 1
    assert await leads(f"{'so ' * 150} call 555 12345-6789 please") == 1
    assert await leads("b@c" * 1500) == 0
    await office.setting("Livechat_lead_email_regex", "order [0-9]{4}")
    assert await leads("ORDER 1234") == 1
    # What some text could keep busy for long is not looked for.
    await office.setting("Livechat_lead_email_regex", "(a*)*b|order [0-9]{4}")
    assert await leads("ORDER 1234") == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_message_of_the_offline_form(
    office: Office, receiver: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SMTP_Host", "mail.example"), ("From_Email", "a@office.example")):
        await office.setting(name, value)
    await office.setting("Livechat_offline_email", "desk@office.example")
    monkeypatch.setattr(aiosmtplib, "send", NotAsked)  # nobody mails it here
    left = {"name": "Maria", "email": "maria@shop.example", "message": "Are you there?"}
    await office.nobody.post("livechat/offline.message", **left)
    await tell(office)
    [body] = receiver.bodies()
    assert body.pop("sentAt")
    visitor = {"name": "Maria", "email": "maria@shop.example"}
    assert body == {
        "type": "LivechatOfflineMessage",
        "visitor": visitor,
        "message": "Are you there?",
    }
    [row] = await deliveries(office)
    assert "rid" not in row
    assert "Maria" not in str(row)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_is_deleted_is_not_told_and_what_is_edited_as_it_is(
    office: Office, receiver: Crm
) -> None:
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    ann = await office.agent()
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    sent = [
        (await ann.post("chat.postMessage", roomId=room_id, text=text))["message"]["_id"]
        for text in ("a secret", "a tpyo")
    ]
    await ann.post("chat.delete", roomId=room_id, msgId=sent[0])
    await ann.post("chat.update", roomId=room_id, msgId=sent[1], text="a typo")
    await tell(office)
    told = [body["messages"] for body in receiver.bodies() if body["type"] == "Message"]
    assert [[message["msg"] for message in messages] for messages in told] == [["a typo"]]
    assert "a secret" not in str(receiver.bodies())
    [dropped] = await deliveries(office, state="dropped")
    assert dropped["messageId"] == sent[0]
    assert dropped["log"][0]["error"] == "what it tells of is gone"
    # Nothing waits any more of a visitor who is erased.
    await visitor.say(room_id, "hello?")
    await visitor.close(room_id)
    receiver.got.clear()
    await office.admin.delete(f"livechat/visitor/{visitor.token}")
    await tell(office)
    assert (receiver.got, await deliveries(office)) == ([], [])


async def test_what_the_receiver_answers_is_sent_with_what_follows(
    office: Office, receiver: Crm
) -> None:
    await office.agent()
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    await tell(office)
    receiver.got.clear()
    for answer, known in (("case 1", ""), ("x" * (MOST_KEPT + 1), "case 1"), ("", "case 1")):
        receiver.answer = answer
        await visitor.say(room_id, "hi")
        await tell(office)
        assert receiver.bodies()[-1].get("crmData", "") == known
    assert "crmData" not in await visitor.room()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_nothing_is_written_for_nobody(office: Office, receiver: Crm) -> None:
    await office.agent()
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    await visitor.say(room_id, "warm")

    async def cost() -> int:
        before = office.db.statements
        await visitor.say(room_id, "hi")
        return office.db.statements - before

    with_it = await cost()
    await office.setting("Livechat_webhook_on_visitor_message", False)
    await visitor.say(room_id, "the policy is read anew")
    without = await cost()
    assert without == with_it - 1
    await tell(office)
    before = len(await deliveries(office))
    await office.setting("Livechat_webhookUrl", "")
    await office.setting("Livechat_webhook_on_visitor_message", True)
    await visitor.say(room_id, "the policy is read anew")
    assert await cost() == without
    await visitor.close(room_id)
    assert len(await deliveries(office)) == before


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_receiver_can_be_tried(office: Office, receiver: Crm) -> None:
    assert await office.admin.post("livechat/webhook.test") == {"success": True}
    [sent] = receiver.got
    assert sent.headers["x-rocketchat-livechat-token"]
    assert {
        *["type", "_id", "label", "topic", "createdAt", "lastMessageAt", "tags", "customFields"]
    } < set(sent.json)
    assert [len(sent.json[key]) for key in ("tags", "messages")] == [3, 2]
    receiver.status = lambda sent: 204
    refused = {"success": False, "error": "error-invalid-webhook-response"}
    assert await office.admin.refused("POST", "livechat/webhook.test") == (400, refused)
    assert len(receiver.got) == 2
    await office.setting("Livechat_webhookUrl", "")
    refused = {"success": False, "error": "Webhook_URL_not_set"}
    assert await office.admin.refused("POST", "livechat/webhook.test") == (400, refused)
    person = await office.agent()
    status, _ = await person.refused("POST", "livechat/webhook.test")
    assert status == 403


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_pages_are_told_where_both_settings_want_it(office: Office, receiver: Crm) -> None:
    await office.agent()
    await office.setting("Livechat_Visitor_navigation_as_a_message", True)
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    page = {"title": "Shop", "change": "url", "location": {"href": "https://shop.example"}}
    token = visitor.token
    await office.nobody.post("livechat/page.visited", token=token, rid=room_id, pageInfo=page)
    await tell(office)
    receiver.got.clear()
    for wanted in (False, True):
        name = "Send_visitor_navigation_history_livechat_webhook_request"
        await office.setting(name, wanted)
        edit = {"guestData": {"_id": visitor.id}, "roomData": {"_id": room_id}}
        if not wanted:
            await visitor.close(room_id)
        await office.admin.post("livechat/room.saveInfo", **edit)
        await tell(office)
        pages = [m for m in receiver.bodies()[-1]["messages"] if "navigation" in m]
        assert [m["navigation"] for m in pages] == ([{"page": page}] if wanted else [])
