"""The offline form: stored, then mailed by a job, whose fate is seen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.db.documents import decode
from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.office import Json, Office
from tests.postbox import Postbox, open_postbox

PATH = "livechat/offline.message"
FORM = {
    "name": "Maria\r\nBcc: evil@x.example",
    "email": "maria@shop.example",
    "message": "Where is my parcel?\nIt was promised for today.",
    "host": "https://shop.example/parcels",
}


@pytest.fixture
async def mail(office: Office) -> AsyncIterator[Postbox]:
    async with open_postbox(office) as box:
        await office.setting("Livechat_offline_email", "desk@office.example")
        yield box


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


async def jobs(office: Office) -> list[Json]:
    listed: list[Json] = (await office.admin.get("jobs.list", kind="offline-message"))["jobs"]
    return listed


async def stored(office: Office) -> list[Json]:
    sql = "SELECT doc FROM offline_messages"
    return [decode(row[0]) for row in await office.db.read(lambda q: q.rows(sql))]


async def test_what_is_left_is_mailed(office: Office, mail: Postbox) -> None:
    answer = await office.nobody.post(PATH, **FORM)
    assert answer == {"message": "Livechat offline message sent", "success": True}
    [left] = await stored(office)
    assert (left["message"], left["to"], "mailedAt" in left) == (
        FORM["message"],
        "desk@office.example",
        False,
    )
    # The job tells of it, and says nothing of what was written.
    rows = await office.db.read(lambda q: q.rows("SELECT doc FROM jobs"))
    assert [decode(row[0]) for row in rows] == [{"_id": left["_id"]}]
    assert [(job["state"], job["attempts"]) for job in await jobs(office)] == [("waiting", 0)]
    await work(office)
    [sent] = mail.mails
    assert (sent["To"], sent["Reply-To"]) == ("desk@office.example", "maria@shop.example")
    assert sent["Subject"].startswith("Offline message of Maria Bcc: evil@x.example: Where is my")
    assert "Bcc" not in sent
    assert sent.get_content().replace("\r\n", "\n") == (
        "Name: Maria Bcc: evil@x.example\nE-mail: maria@shop.example\n"
        f"Page: {FORM['host']}\n\n{FORM['message']}\n"
    )
    assert [job["state"] for job in await jobs(office)] == ["done"]
    assert "mailedAt" in (await stored(office))[0]
    # A worker that died after the work does it again: nothing more is sent.
    await JOBS["offline-message"](office.db, {"_id": left["_id"]})
    assert len(mail.mails) == 1


async def test_a_mail_server_that_is_away_is_asked_again(
    office: Office, mail: Postbox, clock: Clock
) -> None:
    mail.answer = "451 later"
    await office.nobody.post(PATH, **FORM)
    await work(office)
    [job] = await jobs(office)
    assert (job["state"], job["attempts"], job["error"]) == ("waiting", 1, "SMTPRecipientsRefused")
    mail.answer = "250 OK"
    clock.wait(seconds=5)
    await work(office)
    [job] = await jobs(office)
    assert (job["state"], job["attempts"], len(mail.mails)) == ("done", 2, 1)
    mail.answer = "550 nobody here"
    await office.nobody.post(PATH, **FORM)
    await work(office)
    failed = [job for job in await jobs(office) if job["state"] == "failed"]
    assert [job["error"] for job in failed] == ["the mail server refuses the address for good"]
    # What was written is kept.
    assert len([left for left in await stored(office) if "mailedAt" not in left]) == 1


async def test_who_gets_it(office: Office, mail: Postbox) -> None:
    shown = {"showOnOfflineForm": True}
    sales = await office.department(name="Sales", email="sales@office.example", **shown)
    await office.department(name="Inside", email="inside@office.example")
    await office.department(name="Gone", email="gone@office.example", enabled=False, **shown)
    for department in (sales["_id"], "Sales", "Inside", "Gone", "No such", ""):
        await office.nobody.post(PATH, **FORM | {"department": department})
    expected = ["sales@office.example"] * 2 + ["desk@office.example"] * 4
    assert sorted(left["to"] for left in await stored(office)) == sorted(expected)


async def test_what_is_refused(office: Office, mail: Postbox) -> None:
    sentence = {"success": False, "error": "Error sending Omnichannel offline message"}

    async def refused(**more: Any) -> Json:
        return (await office.nobody.refused("POST", PATH, json=FORM | more))[1]

    for email in (
        "maria",
        "@shop.example",
        "maria@shop",
        "a b@shop.example",
        "a@b.c\r\nBcc: x@y.z",
    ):
        assert await refused(email=email) == sentence, email
    assert await refused(name="  ") == await refused(message=" ") == sentence
    assert await refused(message="x" * 5001) == sentence
    answer = await refused(name="x" * 256)
    assert answer["errorType"] == "invalid-params"
    await office.setting("Livechat_validate_offline_email", False)
    await office.nobody.post(PATH, **FORM | {"email": "call me"})
    for name, value in (
        ("Livechat_offline_email", ""),
        ("SMTP_Host", ""),
        ("Livechat_display_offline_form", False),
    ):
        before = (await office.admin.get(f"settings/{name}"))["value"]
        await office.setting(name, value)
        assert await refused() == sentence, name
        await office.setting(name, before)
    assert len(await stored(office)) == 1
    await work(office)
    assert "Reply-To" not in mail.mails[0]


LIST = "livechat/offline.messages"


async def test_what_was_left_is_listed_for_a_while(
    office: Office, mail: Postbox, clock: Clock
) -> None:
    manager, agent = await office.person("livechat-manager"), await office.agent()
    await office.nobody.post(PATH, **FORM)
    await work(office)
    clock.wait(days=20)
    await office.nobody.post(PATH, **FORM | {"email": "Xaver@x.example", "message": "Hello?"})
    listed = await manager.get(LIST)
    assert [each["message"] for each in listed["messages"]] == ["Hello?", FORM["message"]]
    assert [listed[key] for key in ("count", "offset", "total")] == [2, 0, 2]
    assert ["mailedAt" in each for each in listed["messages"]] == [False, True]
    page = await manager.get(LIST, count=1, offset=1, sort='{"ts":1}')
    assert [each["message"] for each in page["messages"]] == ["Hello?"]
    found = await manager.get(LIST, email="xaver@X.example")
    assert [each["email"] for each in found["messages"]] == ["Xaver@x.example"]
    for who in (agent, office.nobody):
        assert (await who.refused("GET", LIST))[0] in (401, 403)
    await office.setting("Livechat_offline_messages_keep_days", 30)
    clock.wait(days=15)
    await JOBS["tidy"](office.db, {})
    assert [each["message"] for each in (await manager.get(LIST))["messages"]] == ["Hello?"]
    await office.setting("Livechat_offline_messages_keep_days", 1)
    await JOBS["tidy"](office.db, {})
    assert await stored(office) == []


async def test_it_goes_with_the_visitor_whose_address_it_has(
    office: Office, mail: Postbox, clock: Clock
) -> None:
    await office.nobody.post(PATH, **FORM | {"email": "MARIA@shop.example"})
    await office.nobody.post(PATH, **FORM | {"email": "other@shop.example"})
    await work(office)
    mail.answer = "451 later"
    await office.nobody.post(PATH, **FORM | {"message": "and now?"})
    await work(office)
    visitor = await office.visitor(email="maria@shop.example")
    answer = await office.nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    assert answer.status_code == 200
    left = (await office.admin.get(LIST))["messages"]
    assert [each["email"] for each in left] == ["other@shop.example"]
    # What the office has not seen yet is still mailed to it, and kept no longer than that.
    assert len(await stored(office)) == 2
    mail.answer = "250 OK"
    clock.wait(minutes=1)
    await work(office)
    assert mail.mails[-1].get_content().strip().endswith("and now?")
    assert [each["email"] for each in await stored(office)] == ["other@shop.example"]
