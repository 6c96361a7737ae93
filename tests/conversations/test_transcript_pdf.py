"""Transcripts as PDF: who may ask, what becomes of it, and that nothing is left half done."""

import io
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from parley.conversations.transcripts import pdf, printing
from parley.db.documents import decode
from parley.jobs import Worker
from parley.messages.uploads.erase import delete_expired_uploads
from parley.work import JOBS
from tests.books import broken
from tests.clock import Clock
from tests.office import Client, Json, Office, Visitor
from tests.pictures import picture

BY_USER = "livechat/room.closeByUser"


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


async def status(person: Client, room_id: str) -> Json:
    return await person.get("livechat/transcript.status", rid=room_id)


async def chat(office: Office, **fields: Any) -> tuple[Client, Visitor, str]:
    agent = await office.agent(username="ann")
    visitor = await office.visitor(name="Maria", **fields)
    rid = (await visitor.room())["_id"]
    await visitor.say(rid, "my order 4711 <b>")
    await agent.post("chat.sendMessage", message={"rid": rid, "msg": "is on its way"})
    return agent, visitor, rid


async def told(office: Office) -> list[Json]:
    """What people were told of transcripts, with their stream."""
    sql = "SELECT stream, doc FROM outbox WHERE kind = 'transcript' ORDER BY stream, number"
    rows = await office.db.read(lambda q: q.rows(sql))
    return [{"to": row[0].removeprefix("user:"), **decode(row[1])} for row in rows]


async def uploads(office: Office) -> list[str]:
    rows = await office.db.read(lambda q: q.rows("SELECT id FROM uploads ORDER BY uploaded_at"))
    return [row[0] for row in rows]


async def fetch(office: Office, url: str, headers: dict[str, str]) -> httpx.Response:
    return await office.http.get(url, headers=headers)


def read(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


async def test_a_closed_conversation_becomes_a_pdf(office: Office) -> None:
    agent, visitor, rid = await chat(office)
    headers = {"x-visitor-token": visitor.token}
    files = {"file": ("shot.png", picture(300, 200))}
    await office.nobody.call("POST", f"livechat/upload/{rid}", files=files, headers=headers)
    path = f"omnichannel/{rid}/request-transcript"
    nobody = await office.person(username="guest")
    assert (await nobody.refused("POST", path))[0] == 403
    assert (await office.nobody.refused("POST", path))[0] == 401
    open_room = (400, {"success": False, "error": "error-room-not-closed"})
    assert await agent.refused("POST", path) == open_room
    unknown = (400, {"success": False, "error": "error-invalid-room"})
    assert await agent.refused("POST", "omnichannel/x/request-transcript") == unknown
    await visitor.close(rid)
    # Who may not see the room neither asks for a transcript nor hears of one.
    await office.grant("view-livechat-room-closed-by-another-agent", "admin")
    other = await office.agent(username="ben")
    assert await other.refused("POST", path) == unknown
    wrong = await other.refused("GET", "livechat/transcript.status", params={"rid": rid})
    assert wrong == unknown
    assert await status(agent, rid) == {"transcripts": [], "atClose": False, "success": True}

    assert await agent.post(path) == {"success": True}
    assert [line["state"] for line in (await status(agent, rid))["transcripts"]] == ["requested"]
    await work(office)
    now = await status(agent, rid)
    [line] = now["transcripts"]
    assert (line["kind"], line["state"], line["attempts"]) == ("pdf", "done", 1)
    room = (await office.admin.get("rooms.info", roomId=rid))["room"]
    file = now["pdf"]
    assert file["_id"] == room["pdfTranscriptFileId"]
    assert file["name"] == f"Transcript {room['ts'][:10]} Maria.pdf"
    done = {"to": agent.user_id, "rid": rid, "state": "done", "fileId": file["_id"]}
    assert await told(office) == [done]

    answer = await fetch(office, file["url"], agent.headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert len(answer.content) == file["size"]
    text = read(answer.content)
    for said in (
        "conversation with Maria",
        "my order 4711 <b>",
        "Ann",
        "is on its way",
        "shot.png",
    ):
        assert said in text
    assert [len(page.images) for page in PdfReader(io.BytesIO(answer.content)).pages] == [1]
    assert (await fetch(office, file["url"], other.headers)).status_code == 403
    assert (await fetch(office, file["url"], {})).status_code == 403
    # The visitor may read what they have heard already, if somebody hands them the link.
    mine = {"rc_token": visitor.token, "rc_room_type": "l", "rc_rid": rid}
    assert (await office.http.get(file["url"], params=mine)).status_code == 200
    assert await broken(office) == {}


async def test_what_is_asked_for_twice_is_made_once_and_both_are_told(office: Office) -> None:
    agent, visitor, rid = await chat(office)
    await visitor.close(rid)
    path = f"omnichannel/{rid}/request-transcript"
    for person in (agent, agent, office.admin):
        await person.post(path)
    assert len((await status(agent, rid))["transcripts"]) == 1
    await work(office)
    first = (await status(agent, rid))["pdf"]["_id"]
    assert {each["to"] for each in await told(office)} == {agent.user_id, office.admin.user_id}
    # A later one takes its place.
    await agent.post(path)
    await work(office)
    now = await status(agent, rid)
    assert [line["state"] for line in now["transcripts"]] == ["done", "done"]
    assert now["pdf"]["_id"] != first
    assert await uploads(office) == [now["pdf"]["_id"]]


@pytest.mark.parametrize("named", [True, False])
async def test_whoever_closes_asks_for_one_at_once(office: Office, named: bool) -> None:
    await office.setting("Livechat_show_agent_info", named)
    await office.setting("Livechat_transcript_show_system_messages", True)
    agent, _, rid = await chat(office, email="maria@shop.example")
    quote = {"author_name": "ann", "text": "said before"}
    message = {"rid": rid, "msg": "again", "attachments": [quote]}
    await agent.post("chat.sendMessage", message=message)
    await agent.post(BY_USER, rid=rid, comment="for us alone", generateTranscriptPdf=True)
    await work(office)
    now = await status(agent, rid)
    assert [(line["kind"], line["state"]) for line in now["transcripts"]] == [("pdf", "done")]
    text = read((await fetch(office, now["pdf"]["url"], agent.headers)).content)
    assert ("Agent" in text) is not named
    assert ("Ann" in text and "ann" in text) is named
    assert "joined the conversation." in text
    assert "for us alone" not in text


async def test_what_is_taken_back_is_in_no_pdf(
    office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    agent, visitor, rid = await chat(office)
    said = [await visitor.say(rid, text) for text in ("one", "two")]
    await agent.post(BY_USER, rid=rid, comment="bye", generateTranscriptPdf=True)
    clock.wait(seconds=1)
    await work(office)
    file = (await status(agent, rid))["pdf"]
    body = {"token": visitor.token, "rid": rid}
    path = "livechat/message/"
    await office.nobody.call("PUT", path + said[0]["_id"], json=body | {"msg": "changed"})
    assert "pdf" not in await status(agent, rid)
    assert "pdfTranscriptFileId" not in (await office.admin.get("rooms.info", roomId=rid))["room"]
    assert (await fetch(office, file["url"], agent.headers)).status_code == 404

    async def slow(*args: Any) -> bytes:
        """Meanwhile a message goes."""
        data = await printing.print_pdf(*args)
        if said:
            await office.nobody.call("DELETE", path + said.pop()["_id"], json=body)
        return data

    monkeypatch.setattr(pdf, "print_pdf", slow)
    await agent.post(f"omnichannel/{rid}/request-transcript")
    clock.wait(seconds=1)
    await work(office)
    assert (await status(agent, rid))["transcripts"][0]["error"] == "Changed"
    said.clear()
    clock.wait(seconds=10)
    await work(office)
    now = await status(agent, rid)
    text = read((await fetch(office, now["pdf"]["url"], agent.headers)).content)
    assert "changed" in text
    assert "two" not in text
    assert await uploads(office) == [now["pdf"]["_id"]]
    assert await broken(office) == {}


async def test_what_cannot_be_printed_says_why(
    office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    agent, visitor, rid = await chat(office)
    await visitor.close(rid)
    await agent.post(f"omnichannel/{rid}/request-transcript")

    async def attempt(program: str) -> Json:
        monkeypatch.setattr(printing, "_PRESS", ["-c", program])
        clock.wait(minutes=5)
        await work(office)
        line: Json = (await status(agent, rid))["transcripts"][0]
        return line

    line = await attempt("raise ValueError")
    assert (line["state"], line["error"]) == ("requested", "NotPrinted")
    assert line["nextAttemptAt"] > line["requestedAt"]
    with monkeypatch.context() as patch:
        patch.setattr(printing, "LONGEST_SECONDS", 0.1)
        line = await attempt("import time; time.sleep(600)")
    assert (line["state"], line["error"], line["attempts"]) == ("requested", "NotPrinted", 2)
    assert await told(office) == []
    for program in ("import sys; sys.exit(3)", "import os; os.kill(os.getpid(), 9)"):
        line = await attempt(program)
        assert line["state"] == "failed"
        assert line["error"] == "the PDF takes more time or memory than is allowed"
        failed = {"to": agent.user_id, "rid": rid, "state": "failed", "error": line["error"]}
        assert (await told(office))[-1] == failed
        await agent.post(f"omnichannel/{rid}/request-transcript")
    assert await uploads(office) == []


async def test_a_death_in_the_middle_leaves_no_half_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    agent, visitor, rid = await chat(office)
    await visitor.close(rid)
    await agent.post(f"omnichannel/{rid}/request-transcript")
    with monkeypatch.context() as patch:

        class Died(BaseException):
            pass

        async def die(*args: Any) -> None:
            raise Died

        # All of the file is there, and nobody says so, nor clears it away.
        patch.setattr(pdf, "_keep", die)
        patch.setattr(pdf, "drop_arriving", die)
        with pytest.raises(Died):
            await work(office)
    now = await status(agent, rid)
    assert [line["state"] for line in now["transcripts"]] == ["running"]
    assert "pdf" not in now
    await work(office)
    assert "pdf" not in await status(agent, rid)
    clock.wait(minutes=2)
    assert [line["state"] for line in (await status(agent, rid))["transcripts"]] == ["requested"]
    await work(office)
    now = await status(agent, rid)
    assert [(line["state"], line["attempts"]) for line in now["transcripts"]] == [("done", 2)]
    assert len(await uploads(office)) == 2
    clock.wait(hours=2)
    await office.db.act(delete_expired_uploads)
    assert await uploads(office) == [now["pdf"]["_id"]]


@pytest.mark.parametrize("whole", ["room", "visitor"])
async def test_it_goes_with_its_room(office: Office, whole: str) -> None:
    agent, visitor, rid = await chat(office)
    await agent.post(BY_USER, rid=rid, comment="bye", generateTranscriptPdf=True)
    await work(office)
    file = (await status(agent, rid))["pdf"]
    # One is on its way when the room goes.
    await agent.post(f"omnichannel/{rid}/request-transcript")
    if whole == "room":
        await office.admin.post("livechat/rooms.delete", roomId=rid)
    else:
        await office.nobody.delete(f"livechat/visitor/{visitor.token}")
    await work(office)
    assert await uploads(office) == []
    assert (await fetch(office, file["url"], office.admin.headers)).status_code == 404
    pieces = await office.db.read(lambda q: q.value("SELECT count(*) FROM upload_chunks"))
    named = await office.db.read(lambda q: q.rows("SELECT kind FROM jobs WHERE about IS NOT NULL"))
    assert (pieces, named) == (0, [])
    jobs = (await office.admin.get("jobs.list", kind=pdf.KIND, state="failed"))["jobs"]
    assert [job["error"] for job in jobs] == ["the conversation is gone"]
    assert (await told(office))[-1]["state"] == "failed"
