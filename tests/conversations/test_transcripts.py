"""Transcripts by mail: who may ask, what stands in them, and that what is promised is sent."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import pytest

from parley.conversations.transcripts import reading
from parley.jobs import Worker
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor
from tests.pictures import opened, picture
from tests.postbox import Postbox, open_postbox

BY_VISITOR, BY_USER = "livechat/transcript", "livechat/room.closeByUser"
TO = "maria@shop.example"


@pytest.fixture
async def postbox(office: Office) -> AsyncIterator[Postbox]:
    async with open_postbox(office) as box:
        yield box


async def work(office: Office) -> list[Json]:
    """Does what is due; the transcripts' jobs."""
    await Worker(office.db, JOBS).run_what_is_due()
    found: list[Json] = (await office.admin.get("jobs.list", kind="transcript"))["jobs"]
    return found


async def chat(office: Office, **fields: Any) -> tuple[Client, Visitor, str]:
    agent = await office.agent(username="ann")
    visitor = await office.visitor(name="Maria", **fields)
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "hi <b>there</b>")
    await agent.post("chat.sendMessage", message={"rid": rid, "msg": "hello\nyou"})
    return agent, visitor, rid


async def seen(office: Office, room_id: str) -> Json:
    room: Json = (await office.admin.get("rooms.info", roomId=room_id))["room"]
    return room


async def in_zone(office: Office, zone: str) -> None:
    await office.setting("Default_Timezone_For_Reporting", "custom")
    await office.setting("Default_Custom_Timezone", zone)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def page_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


async def newest(office: Office, visitor: Visitor, room_id: str) -> Json:
    path = f"livechat/messages.history/{room_id}"
    answer = await office.nobody.get(path, token=visitor.token, limit=1)
    message: Json = answer["messages"][0]
    return message


async def test_a_visitor_has_the_conversation_mailed(
    office: Office, postbox: Postbox, clock: Clock
) -> None:
    await in_zone(office, "UTC")
    _, visitor, rid = await chat(office)
    body = {"token": visitor.token, "rid": rid, "email": f" {TO} ", "subject": "Our\r\nchat"}
    answer = await office.nobody.post(BY_VISITOR, **body)
    assert answer == {"message": "Omnichannel transcript sent", "success": True}
    [job] = await work(office)
    assert (job["state"], job["attempts"]) == ("done", 1)
    [mail] = postbox.mails
    assert (mail["To"], mail["Subject"]) == (TO, "Our chat")
    assert mail.get_content_type() == "multipart/alternative"
    at = (await seen(office, rid))["ts"][:16].replace("T", " ")
    assert text_of(mail) == (
        "Parley: conversation with Maria\n"
        f"Started {at}, which goes on. Times are in UTC.\n\n"
        f"[{at}] Maria:\n    hi <b>there</b>\n\n"
        f"[{at}] Ann:\n    hello\n    you\n\n"
        "It goes on.\n"
    )
    assert "hi &lt;b&gt;there&lt;/b&gt;" in page_of(mail)
    said = await newest(office, visitor, rid)
    assert (said["t"], said["msg"], said["u"]["_id"]) == (
        *("livechat_transcript_history", ""),
        "rocket.cat",
    )
    assert said["requestData"] == {
        "type": "visitor",
        "visitor": {"_id": visitor.id, "username": visitor.doc["username"], "name": "Maria"},
        "user": said["u"],
    }
    assert mail["Message-ID"].startswith(f"<{said['_id']}@")
    assert visitor.token not in str(mail)
    assert await broken(office) == {}


async def test_what_a_visitors_request_is_refused_for(office: Office, postbox: Postbox) -> None:
    _, visitor, rid = await chat(office)
    stranger = await office.visitor()
    body = {"token": visitor.token, "rid": rid, "email": TO}
    for change, error in (
        ({"rid": "?"}, "error-invalid-room"),
        ({"token": "?"}, "error-invalid-visitor"),
        ({"token": stranger.token}, "error-invalid-visitor"),
    ):
        answer = await office.nobody.refused("POST", BY_VISITOR, json=body | change)
        assert answer == (400, {"success": False, "error": error})
    unsent = (400, {"message": "Error sending Omnichannel transcript", "success": False})
    for email in ("", "nobody", "a@b\r\nBcc: c@d.example", "a@b, c@d", "<a@b>"):
        answer = await office.nobody.refused("POST", BY_VISITOR, json=body | {"email": email})
        assert answer == unsent, email
    await office.setting("SMTP_Host", "")
    assert await office.nobody.refused("POST", BY_VISITOR, json=body) == unsent
    assert await work(office) == []


async def test_a_request_is_kept_until_the_close(office: Office, postbox: Postbox) -> None:
    agent, visitor, rid = await chat(office)
    manager = await office.person("livechat-manager", username="mo")
    path = f"livechat/transcript/{rid}"
    wanted = {"email": TO, "subject": "As you asked"}
    not_requested = {"success": False, "error": "error-transcript-not-requested"}
    assert await manager.refused("DELETE", path) == (400, not_requested)
    assert (await agent.refused("POST", path, json=wanted))[0] == 403
    for again in (True, False):
        assert await manager.post(path, **wanted) == {"success": True}
        request = (await seen(office, rid))["transcriptRequest"]
        assert (request["email"], request["subject"]) == (TO, "As you asked")
        assert request["requestedBy"] == {"_id": manager.user_id, "username": "mo", "name": "Mo"}
        already = "Transcript already requested [error-transcript-already-requested]"
        assert (await manager.refused("POST", path, json=wanted))[1]["error"] == already
        if again:
            await manager.call("DELETE", path)
            assert "transcriptRequest" not in await seen(office, rid)
    assert (await work(office), postbox.mails) == ([], [])
    await visitor.close(rid)
    room = await seen(office, rid)
    assert room["closingMessage"]["transcriptRequested"] is True
    assert [job["state"] for job in await work(office)] == ["done"]
    [mail] = postbox.mails
    assert (mail["To"], mail["Subject"]) == (TO, "As you asked")
    said = await newest(office, visitor, rid)
    assert (said["u"]["username"], said["requestData"]["type"]) == ("mo", "user")
    invalid = "Invalid room [error-invalid-room]"
    for room_id in (rid, "x"):
        where = f"livechat/transcript/{room_id}"
        assert (await manager.refused("POST", where, json=wanted))[1]["error"] == invalid
        plain = {"success": False, "error": "error-invalid-room"}
        assert await manager.refused("DELETE", where) == (400, plain)
    await visitor.room()
    where = f"livechat/transcript/{(await visitor.room())['_id']}"
    body = {"email": "no address", "subject": ""}
    assert (await manager.refused("POST", where, json=body))[1]["errorType"] == (
        "error-invalid-email"
    )
    assert await broken(office) == {}


@pytest.mark.parametrize(
    ("asked", "stored", "to"),
    [
        ({"sendToVisitor": True, "requestData": {"email": "b@c.example"}}, False, "b@c.example"),
        ({"sendToVisitor": True, "requestData": {"email": "b@c.example"}}, True, "b@c.example"),
        ({"sendToVisitor": True}, False, "own@shop.example"),
        ({"sendToVisitor": False}, True, None),
        (None, True, TO),
        (None, False, None),
    ],
)
async def test_what_whoever_closes_says_goes_first(
    office: Office, postbox: Postbox, asked: Any, stored: bool, to: str | None
) -> None:
    agent, _, rid = await chat(office, email="own@shop.example")
    if stored:
        await office.admin.post(f"livechat/transcript/{rid}", email=TO, subject="s")
    more = {"transcriptEmail": asked} if asked else {}
    await agent.post(BY_USER, rid=rid, comment="bye", **more)
    room = await seen(office, rid)
    assert room["closingMessage"]["transcriptRequested"] is (to is not None)
    await work(office)
    assert [mail["To"] for mail in postbox.mails] == ([to] if to else [])
    assert room.get("transcriptRequest", {}).get("email") == to


@pytest.mark.parametrize("prompted", [False, True])
async def test_a_transcript_is_sent_by_itself(
    office: Office, postbox: Postbox, prompted: bool
) -> None:
    await office.setting("Livechat_transcript_send_always", True)
    await office.setting("Livechat_enable_transcript", prompted)
    await office.setting("Livechat_transcript_email_subject", "What we said")
    await office.setting("Livechat_show_agent_info", False)
    await office.setting("Livechat_transcript_show_system_messages", True)
    agent, visitor, _ = await chat(office, email=TO)
    silent = await office.visitor(name="Silent")
    for one in (visitor, silent):
        room = (await one.room())["_id"]
        await agent.post(BY_USER, rid=room, comment="the close itself")
    jobs = await work(office)
    assert [job["state"] for job in jobs] == ([] if prompted else ["done"])
    if prompted:
        assert postbox.mails == []
        return
    [mail] = postbox.mails
    assert (mail["To"], mail["Subject"]) == (TO, "What we said")
    for text in (text_of(mail), page_of(mail)):
        assert "Agent joined the conversation." in text
        assert "Maria" in text
        for hidden in ("Ann", "ann", "the close itself", "connected"):
            assert hidden not in text


async def test_what_became_of_a_mail_is_seen(
    office: Office, postbox: Postbox, clock: Clock
) -> None:
    _, visitor, rid = await chat(office)
    body = {"token": visitor.token, "rid": rid, "email": TO}
    postbox.answer = "451 later"
    await office.nobody.post(BY_VISITOR, **body)
    [job] = await work(office)
    assert (job["state"], job["attempts"], job["error"]) == ("waiting", 1, "MailNotSent")
    clock.wait(minutes=1)
    await office.setting("SMTP_Host", "")
    [job] = await work(office)
    assert (job["state"], job["error"]) == ("waiting", "MailNotConfigured")
    assert (await newest(office, visitor, rid)).get("t") is None
    clock.wait(minutes=1)
    await office.setting("SMTP_Host", "127.0.0.1")
    postbox.answer = "550 nobody here"
    [job] = await work(office)
    assert (job["state"], job["error"]) == ("failed", "the mail server refuses the mail")
    postbox.answer = "250 OK"
    await office.nobody.post(BY_VISITOR, **body)
    await office.nobody.post(BY_VISITOR, **body)
    await visitor.close(rid)
    await asyncio.gather(work(office), work(office))
    assert len(postbox.mails) == 2
    await office.nobody.post(BY_VISITOR, **body)
    await office.admin.post("livechat/rooms.delete", roomId=rid)
    assert "the conversation is gone" in [job.get("error") for job in await work(office)]
    assert len(postbox.mails) == 2
    assert await broken(office) == {}


async def test_an_attempt_after_the_mail_left_tells_of_it_once(
    office: Office, postbox: Postbox
) -> None:
    _, visitor, rid = await chat(office)
    await office.nobody.post(BY_VISITOR, token=visitor.token, rid=rid, email=TO)
    [doc] = await office.db.read(
        lambda q: q.rows("SELECT CAST(doc AS text) FROM jobs WHERE kind = 'transcript'")
    )
    assert visitor.token not in doc[0]
    await work(office)
    # Whose address it was is told no longer than the mail takes.
    left = await office.db.read(lambda q: q.rows("SELECT CAST(doc AS text) FROM jobs"))
    assert TO in doc[0]
    assert TO not in str(left)
    before = (await seen(office, rid))["msgs"]
    # The process died before it could say so.
    again = "UPDATE jobs SET state = 'waiting', doc = $1 WHERE kind = 'transcript'"
    await office.db.act(lambda tx: tx.rows(again, doc[0]))
    await work(office)
    first, second = postbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (await seen(office, rid))["msgs"] == before
    assert await broken(office) == {}


async def test_pictures_come_with_the_mail(office: Office, postbox: Postbox) -> None:
    agent, visitor, rid = await chat(office)
    other = (await (await office.visitor()).room())["_id"]
    headers = {"x-visitor-token": visitor.token}
    for name, data in (("large.png", picture(900, 600)), ("notes.txt", b"some notes")):
        files = {"file": (name, data)}
        await office.nobody.call("POST", f"livechat/upload/{rid}", files=files, headers=headers)
    upload = await office.admin.call(
        "POST", f"rooms.media/{other}", files={"file": ("secret.png", picture(9, 9))}
    )
    stolen = {"title": "theirs", "image_url": f"/file-upload/{upload.json()['file']['_id']}/x"}
    away = {"title": "elsewhere", "image_url": "https://tracker.example/pixel.png"}
    message = {"rid": rid, "msg": "look", "attachments": [stolen, away]}
    await agent.post("chat.sendMessage", message=message)
    await office.nobody.post(BY_VISITOR, token=visitor.token, rid=rid, email=TO)
    await work(office)
    [mail] = postbox.mails
    shown = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in shown] == ["<picture0>"]
    # It is the thumbnail that the conversation shows.
    assert opened(shown[0].get_content()).size == (480, 320)
    page = page_of(mail)
    assert page.count("<img") == 1
    assert 'src="cid:picture0"' in page
    assert "tracker.example" not in page
    for named in ("large.png", "notes.txt", "theirs", "elsewhere"):
        assert named in page
        assert f"({named})" in text_of(mail)
    assert "1 picture is named here and not shown." in page


async def test_a_long_conversation_is_cut(
    office: Office, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, visitor, rid = await chat(office)
    for number in range(12):
        await agent.post("chat.sendMessage", message={"rid": rid, "msg": f"number {number}."})
    monkeypatch.setattr(reading, "PAGE", 5)
    for bound, value, first in (
        ("MOST_MESSAGES", 14, "hi <b>"),
        ("MOST_MESSAGES", 11, "number 1."),
        ("MOST_CHARACTERS", 40, "number 9."),
        ("MOST_CHARACTERS", 1, "number 11."),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(reading, bound, value)
            await office.nobody.post(BY_VISITOR, token=visitor.token, rid=rid, email=TO)
            await work(office)
        text = text_of(postbox.mails[-1])
        blocks = text.split("\n\n")
        assert first in blocks[1]
        assert "number 11." in blocks[-2]
        assert ("its beginning is left out" in blocks[0]) is (first != "hi <b>")
        kept = len(blocks) - 2
        assert (f"the newest {kept} messages" in blocks[-1]) is (first != "hi <b>")
