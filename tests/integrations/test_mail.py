"""The mailbox as a channel: mails come in once, in their thread; answers go out by mail."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.clock import moment
from parley.integrations.email import incoming, mailbox
from parley.integrations.email.fetching import KIND as FETCH
from parley.integrations.email.fetching import fetch_all
from parley.integrations.email.html_text import text_of
from parley.integrations.email.reading import Mail, Unreadable, read_mail
from parley.jobs import Worker
from parley.messages.service import post_as_visitor
from parley.work import JOBS
from tests.clock import Clock
from tests.integrations.imap_server import Imap, Kept, imap_server
from tests.office import Client, Json, Office

OUT = {kind: handler for kind, handler in JOBS.items() if kind != FETCH}


class Postbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.says.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.says


@dataclass
class Scene:
    office: Office
    imap: Imap
    postbox: Postbox
    inbox: str = ""
    numbers: list[int] = field(default_factory=list)

    def mail(self, text: str = "Hello", **headers: str) -> EmailMessage:
        mail = EmailMessage()
        self.numbers.append(0)
        wanted = {
            "From": "Maria Santos <Maria@shop.example>",
            "To": "office@mail.example",
            "Subject": "My order",
            "Message-ID": f"<{len(self.numbers)}@shop.example>",
        } | {key.replace("_", "-"): value for key, value in headers.items()}
        for name, value in wanted.items():
            mail[name] = value
        mail.set_content(text)
        return mail

    def put(self, mail: EmailMessage | bytes) -> Kept:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes().replace(b"\n", b"\r\n")
        return self.imap.put(raw)

    async def look(self) -> None:
        await fetch_all(self.office.db, {})

    async def sends(self) -> None:
        await Worker(self.office.db, OUT).run_what_is_due()

    async def rooms(self) -> list[Json]:
        found: list[Json] = (await self.office.admin.get("livechat/rooms", sort='{"ts":1}'))[
            "rooms"
        ]
        return found

    async def messages(self, room_id: str) -> list[Json]:
        found = await self.office.admin.get("channels.messages", roomId=room_id)
        return [m for m in reversed(found["messages"]) if "token" in m and "t" not in m]

    async def texts(self) -> list[list[str]]:
        return [[m["msg"] for m in await self.messages(r["_id"])] for r in await self.rooms()]

    async def state(self) -> Json:
        found: Json = (await self.office.admin.get(f"email-inbox/{self.inbox}"))["fetch"]
        return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def scene(office: Office) -> AsyncIterator[Scene]:
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    async with imap_server() as imap:
        scene = Scene(office, imap, postbox)
        await office.setting("Email_Inbox_Private_Addresses", "127.0.0.0/8")
        await office.setting("Livechat_Routing_Method", "Auto_Selection")
        made = await office.admin.post(
            "email-inbox",
            name="Office",
            email="office@mail.example",
            senderInfo="The Office, Inc.",
            active=True,
            smtp=_server(controller.port, "", ""),
            imap=_server(imap.port, imap.username, imap.password),
        )
        scene.inbox = made["_id"]
        yield scene
    controller.stop()


def _server(port: int, username: str, password: str) -> Json:
    login = {"username": username, "password": password}
    return {"server": "127.0.0.1", "port": port, "secure": False, **login}


async def answer(scene: Scene, agent: Client, room: Json, text: str) -> EmailMessage:
    await agent.post("chat.postMessage", roomId=room["_id"], text=text)
    await scene.sends()
    return scene.postbox.mails[-1]


async def test_a_thread_of_mails_is_a_chat(scene: Scene, office: Office) -> None:
    agent = await office.agent()
    scene.imap.put(b"From: old@a.example\r\n\r\nold", datetime.now(UTC) - timedelta(hours=2))
    first = scene.mail("Where is it?\n")
    scene.put(first)
    await scene.look()
    [room] = await scene.rooms()
    assert room["source"] == {"type": "email", "id": scene.inbox, "alias": "email-inbox"}
    assert room["email"] == {
        "inbox": "office@mail.example",
        "thread": [first["Message-ID"]],
        "replyTo": "maria@shop.example",
        "subject": "My order",
    }
    assert room["fname"] == "Maria Santos"
    assert room["servedBy"]["_id"] == agent.user_id
    [message] = await scene.messages(room["_id"])
    assert message["msg"] == "Where is it?"
    assert message["email"] == {"thread": first["Message-ID"], "messageId": first["Message-ID"]}
    sent = await answer(scene, agent, room, "On its *way*.")
    assert (sent["To"], sent["Subject"]) == ("maria@shop.example", "Re: My order")
    assert sent["From"] == '"The Office, Inc." <office@mail.example>'
    assert sent["In-Reply-To"] == sent["References"] == first["Message-ID"]
    assert sent["Auto-Submitted"] is None
    assert sent.get_content().strip() == "On its *way*."
    # Her answer names ours alone; it opens the chat again that was closed meanwhile.
    await agent.post("livechat/room.closeByUser", rid=room["_id"], comment="sent")
    await scene.sends()
    scene.put(scene.mail("Thanks!", In_Reply_To=sent["Message-ID"]))
    scene.put(scene.mail("Another thing", Subject="Invoice"))
    await scene.look()
    assert await scene.texts() == [["Where is it?", "Thanks!"], ["Another thing"]]
    again, other = await scene.rooms()
    assert (again["open"], again["servedBy"]["_id"]) == (True, agent.user_id)
    assert "closedAt" not in again
    assert {again["v"]["_id"], other["v"]["_id"]} == {room["v"]["_id"]}
    reply = await answer(scene, agent, again, "Welcome.")
    assert reply["References"].split() == again["email"]["thread"]
    assert len(scene.postbox.mails) == 2
    assert [mail.seen for mail in scene.imap.mails] == [False, True, True, True]
    # The reasons of both times stand there.
    why = await office.admin.get("livechat/routing.explain", roomId=room["_id"])
    assert len(why["decisions"]) == 2


async def test_a_department_that_is_gone_is_none(scene: Scene, office: Office) -> None:
    sales = (await office.department())["_id"]
    for department in (sales, "gone"):
        inbox = await office.admin.get(f"email-inbox/{scene.inbox}")
        sent = {key: inbox[key] for key in ("_id", "name", "email", "active", "smtp", "imap")}
        await office.admin.post("email-inbox", **sent, department=department)
        scene.put(scene.mail(Subject=department))
        await scene.look()
    found = {room["topic"]: room.get("departmentId") for room in await scene.rooms()}
    assert found == {sales: sales, "gone": None}


async def test_mails_are_taken_in_whoever_is_there(scene: Scene) -> None:
    scene.put(scene.mail())
    await scene.look()
    [room] = await scene.rooms()
    assert "servedBy" not in room
    assert (await scene.state())["failures"] == 0


async def test_each_mail_is_one_message_whatever_dies(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = scene.mail("once")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="a.csv")
    scene.put(mail)
    scene.put(mail)
    died: list[bool] = []

    async def dies(*args: Any, **more: Any) -> Any:
        if not died:
            died.append(True)
            raise asyncio.CancelledError
        return await post_as_visitor(*args, **more)

    monkeypatch.setattr(incoming, "post_as_visitor", dies)
    with pytest.raises(asyncio.CancelledError):
        await scene.look()
    assert await scene.texts() == [[]]
    scene.imap.stores = False  # it is kept, and the mailbox never learns
    await scene.look()
    assert [mail.seen for mail in scene.imap.mails] == [False, False]
    scene.imap.stores = True
    await scene.office.admin.post("email-inbox", **await _same(scene))
    await asyncio.gather(scene.look(), scene.look())
    assert [mail.seen for mail in scene.imap.mails] == [True, True]
    [room] = await scene.rooms()
    [message] = await scene.messages(room["_id"])
    assert message["file"]["name"] == "a.csv"
    await scene.sends()
    left = await scene.office.db.read(lambda q: q.value("SELECT count(*) FROM uploads"))
    assert left == 1


async def _same(scene: Scene) -> Json:
    doc = await scene.office.admin.get(f"email-inbox/{scene.inbox}")
    ours = ("success", "fetch", "_createdAt", "_createdBy", "_updatedAt")
    return {key: value for key, value in doc.items() if key not in ours}


async def test_machines_get_no_chat_and_no_answer(scene: Scene, office: Office) -> None:
    agent = await office.agent()
    scene.put(scene.mail("hi"))
    await scene.look()
    [room] = await scene.rooms()
    sent = await answer(scene, agent, room, "hello")
    back = {"In_Reply_To": str(sent["Message-ID"])}
    scene.put(scene.mail("I am away", Auto_Submitted="auto-replied", **back))
    for more in (
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-generated", "From": "robot@news.example"},
        {"List_Id": "<news.example>"},
        {"From": "office@mail.example"},
    ):
        scene.put(scene.mail("news", **more))
    await scene.look()
    assert await scene.texts() == [["hi", "I am away"]]
    await agent.post("livechat/room.closeByUser", rid=room["_id"], comment="done")
    scene.put(scene.mail("still away", Auto_Submitted="auto-replied", **back))
    await scene.look()
    assert await scene.texts() == [["hi", "I am away"]]
    assert all(mail.seen for mail in scene.imap.mails)
    bot = await office.agent("bot")
    scene.put(scene.mail("again", **back))
    await scene.look()
    reply = await answer(scene, bot, room, "beep")
    assert reply["Auto-Submitted"] == "auto-replied"


async def test_a_stranger_who_names_an_address_reads_nothing(scene: Scene, office: Office) -> None:
    await office.agent()
    thief = await office.visitor(email="maria@shop.example")
    own = await thief.room()
    scene.put(scene.mail("for the office alone"))
    await scene.look()
    _, room = await scene.rooms()
    assert room["v"]["_id"] != thief.id
    assert (await thief.room())["_id"] == own["_id"]
    path = f"livechat/messages.history/{room['_id']}?token={thief.token}"
    assert (await office.nobody.refused("GET", path))[0] == 400
    # Whoever knows a Message-ID, and is somebody else, begins a thread of their own.
    known = room["email"]["thread"][0]
    scene.put(scene.mail("me too", From="eve@evil.example", In_Reply_To=known))
    await scene.look()
    assert len(await scene.rooms()) == 3


async def test_files_come_and_go(scene: Scene, office: Office) -> None:
    agent = await office.agent()
    mail = scene.mail("see this")
    mail.add_attachment(b"plain\n", maintype="text", subtype="plain", filename="n\u00f6te.txt")
    mail.add_attachment(b"x" * 300, maintype="application", subtype="zip", filename="big.zip")
    await office.setting("FileUpload_MaxFileSize", 250)
    scene.put(mail)
    await scene.look()
    [room] = await scene.rooms()
    [message] = await scene.messages(room["_id"])
    assert [file["name"] for file in message["files"]] == ["n\u00f6te.txt"]
    assert message["msg"].startswith("_Not taken over: big.zip (File size exceeds")
    assert message["msg"].endswith("see this")
    await office.setting("FileUpload_MaxFileSize", 50_000)
    sent = {"file": ("b\u00fc.txt", b"bytes", "text/plain")}
    await agent.call("POST", f"rooms.upload/{room['_id']}", files=sent)
    await scene.sends()
    [attached] = scene.postbox.mails[-1].iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("b\u00fc.txt", b"bytes")
    scene.put(scene.mail("word " * 3000, Subject="Long"))
    await scene.look()
    _, long = await scene.rooms()
    [message] = await scene.messages(long["_id"])
    assert len(message["msg"]) == 5000
    assert message["file"]["name"] == "mail.txt"


async def test_no_header_can_be_slipped_in(scene: Scene, office: Office) -> None:
    agent = await office.agent()
    raw = (
        b"From: =?utf-8?q?Eve=0D=0ABcc=3A_x=40y=2Ez?= <eve@evil.example>\r\n"
        b"Subject: =?utf-8?q?Hi=0D=0ABcc=3A_x=40y=2Ez?=\r\n"
        b"Message-ID: <a@b>\r\n"
        b"References: <one@x>\r\n\t<two@x> junk <th\x01ree@x>\r\n\r\nhi"
    )
    scene.put(raw)
    await scene.look()
    [room] = await scene.rooms()
    sent = await answer(scene, agent, room, "hello\r\n.\r\nBcc: x@y.z")
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Re: Hi Bcc: x@y.z"
    assert sent["To"] == "eve@evil.example"
    assert sent["References"] == "<one@x> <a@b>"
    assert "Bcc: x@y.z" in sent.get_content()


async def test_what_becomes_of_a_mail_is_seen(scene: Scene, office: Office, clock: Clock) -> None:
    agent = await office.agent()
    scene.imap.put(scene.mail().as_bytes(), moment() + timedelta(seconds=1))
    await scene.look()
    [room] = await scene.rooms()
    for says, states in (("451 later", ["waiting"]), ("550 no", ["failed"])):
        scene.postbox.says = says
        await agent.post("chat.postMessage", roomId=room["_id"], text=says)
        await scene.sends()
        jobs = (await office.admin.get("jobs.list", kind="email-out"))["jobs"]
        assert [jobs[0]["state"]] == states
        clock.wait(seconds=1)
    scene.postbox.says = "250 OK"
    clock.wait(minutes=1)
    await scene.sends()
    assert [mail.get_content().strip() for mail in scene.postbox.mails] == ["451 later"]
    await office.admin.post(f"email-inbox.send-test/{scene.inbox}")
    await scene.sends()
    assert scene.postbox.mails[-1]["Subject"] == "Test of an email inbox"


async def test_a_mailbox_that_fails_is_left_alone_ever_longer(
    scene: Scene, office: Office, clock: Clock
) -> None:
    scene.imap.password = "another"
    for failures in (1, 2):
        await scene.look()
        state = await scene.state()
        assert (state["failures"], state["error"]) == (failures, "error")
        asked = len(scene.imap.asked)
        await scene.look()
        assert len(scene.imap.asked) == asked
        clock.wait(minutes=2 * failures)
    scene.imap.password = "imap password"
    await scene.look()
    assert (await scene.state())["failures"] == 0
    await office.setting("Email_Inbox_Private_Addresses", "")
    await scene.look()
    assert "private network" in (await scene.state())["error"]


async def test_what_is_too_big_or_never_ends_is_not_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.put(scene.mail("huge")).size = mailbox.MOST_BYTES + 1
    for number in range(4):
        scene.put(scene.mail(f"mail {number}", Subject=f"{number}"))
    monkeypatch.setattr(mailbox, "MOST_MAILS", 3)
    await scene.look()
    first, *others = await scene.texts()
    assert first == ["_This mail is too big to be fetched. It is in the mailbox._"]
    assert others == [["mail 0"], ["mail 1"]]
    scene.imap.floods = True
    await scene.look()
    assert (await scene.state())["failures"] == 1
    assert len(await scene.rooms()) == 3


def read(raw: bytes) -> Mail:
    return read_mail(raw, whole=True)


HEAD = b"From: a@b.example\r\n"


def test_pages_become_text() -> None:
    page = (
        "<html><head><style>p{}</style></head><body><p>Hi&nbsp;<b>you</b></p>"
        '<script>alert("x")</script><a href="https://c.example/x">here</a>'
        '<a href="javascript:alert(1)">there</a><ul><li>one<li>two</ul>&lt;i&gt;</body>'
    )
    assert text_of(page).splitlines() == [
        "Hi you",
        "here (https://c.example/x)there",
        "",
        "- one",
        "- two<i>",
    ]
    alternatives = EmailMessage()
    alternatives["From"] = "a@b.example"
    alternatives.set_content("plain")
    alternatives.add_alternative("<p>page</p>", subtype="html")
    assert read(alternatives.as_bytes()).text == "plain"
    html = b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>Ol\xe1<br>x"
    assert read(HEAD + html).text == "Ol\xe1\nx"


def test_a_hostile_mail_costs_little() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3000)
    )
    wide = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 3000
    slow = b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 100_000
    for raw in (HEAD + deep, HEAD + slow, HEAD + b"References: " + b"<a@b>" * 50_000):
        try:
            assert len(read(raw).references) <= 50
        except Unreadable:
            continue
    assert read(HEAD + wide).text.count("x") < 200
    with pytest.raises(Unreadable):
        read(b"Subject: nobody\r\n\r\nx")


lines = st.sampled_from(
    [
        b"From: a@b.example",
        b"From: =?x?b?!!?= <a@b.example>",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: text/plain; name*0*=utf-16''%ff%fe; charset=\xff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=x''%",
        b"Message-ID: <\xff@b>",
        b"",
        b"--x",
        b"--x--",
        b"begin 644 f",
        b"<p>\x00\xff",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(lines | st.binary(max_size=20), max_size=14))
@example([b"From: a@b.example", b"Content-Type: message/rfc822", b"", b"From: x"])
def test_any_mail_is_read_or_is_unreadable(some: list[bytes]) -> None:
    try:
        mail = read(b"\r\n".join([b"From: a@b.example", *some]))
    except Unreadable:
        return
    texts = [mail.text, mail.name, mail.subject, mail.message_id, *mail.references]
    for text in [*texts, *(file.name for file in mail.files)]:
        text.encode()
        assert "\0" not in text


async def test_a_mail_of_a_blocked_address_is_not_taken_in(scene: Scene, office: Office) -> None:
    await office.agent()
    first = scene.mail("Hello")
    scene.put(first)
    await scene.look()
    [room] = await scene.rooms()
    which = {"visitorId": room["v"]["_id"], "source": {"type": "email", "id": scene.inbox}}
    await office.admin.post("omnichannel/contacts.block", visitor=which)
    for more in ({}, {"In_Reply_To": first["Message-ID"], "References": first["Message-ID"]}):
        scene.put(scene.mail("Are you there?", **more))
    await scene.look()
    assert await scene.texts() == [["Hello"]]
    assert (await scene.state()).get("error") is None
    await office.admin.post("omnichannel/contacts.unblock", visitor=which)
    scene.put(scene.mail("Now?", In_Reply_To=first["Message-ID"], References=first["Message-ID"]))
    await scene.look()
    assert await scene.texts() == [["Hello", "Now?"]]
