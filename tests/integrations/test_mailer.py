"""Mails of the office to its people: who gets them, what they say, how one gets no more."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.errors import Coded
from parley.integrations.mailer.selector import selector
from parley.jobs import Worker
from parley.work import JOBS
from tests.office import Office
from tests.postbox import Postbox, open_postbox

SENT: dict[str, Any] = {
    "from": "News <news@office.example>",
    "subject": "For [fname]",
    "body": '<p>Dear [name],</p><p>read this. <a href="[unsubscribe]">No more</a></p>',
}


@pytest.fixture
async def box(office: Office) -> AsyncIterator[Postbox]:
    async with open_postbox(office) as box:
        await office.setting("Site_Url", "https://chat.example/")
        yield box


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


def readers(box: Postbox) -> list[str]:
    return sorted(str(mail["To"]) for mail in box.mails)


async def test_everybody_gets_it_but_who_wants_no_more(office: Office, box: Postbox) -> None:
    await office.admin.post("users.update", userId=office.admin.user_id, data={"name": "Admin"})
    ada = await office.person(username="ada")
    bob = await office.person(username="bob")
    gone = await office.person(username="gone")
    await office.admin.post("users.setActiveStatus", userId=gone.user_id, activeStatus=False)
    await office.admin.post(
        "users.update", userId=ada.user_id, data={"name": "Ada <b>[email] King"}
    )
    assert await office.admin.post("mailer", **SENT) == {"success": True}
    assert box.mails == []
    await work(office)
    admins = f"{office.admin.user_id}@rocket.chat"
    assert readers(box) == ["ada@office.example", "bob@office.example", admins]
    [mail] = [each for each in box.mails if each["To"] == "ada@office.example"]
    assert (mail["From"], mail["Subject"]) == ("News <news@office.example>", "For Ada")
    page: Any = mail.get_body(("html",))
    assert "<p>Dear Ada &lt;b&gt;[email] King,</p>" in page.get_content()
    text: Any = mail.get_body(("plain",))
    assert "Dear Ada <b>[email] King," in text.get_content()
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert f'<a href="{link}">' in page.get_content()
    path = link.removeprefix("https://chat.example")
    assert re.fullmatch(rf"/mailer/unsubscribe/{ada.user_id}/[\w-]{{43}}", path)

    # Who looks at a link, a mail server too, changes nothing; a wrong one is nobody's.
    assert (await office.http.get(path)).status_code == 200
    assert (await office.http.post(path[:-4] + "AAAA")).status_code == 404
    assert (await office.http.post(path.replace(ada.user_id, bob.user_id))).status_code == 404
    assert (await office.http.post(path)).status_code == 200
    # By the API: oneself, and nobody else without their link.
    for _id in (bob.user_id, office.admin.user_id):
        await bob.post("mailer.unsubscribe", _id=_id, createdAt="1692284808957")
    box.mails.clear()
    await office.admin.post("mailer", **SENT)
    await work(office)
    assert readers(box) == [admins]
    # On its way already: whoever leaves then gets it no more.
    carl = await office.person(username="carl")
    await office.admin.post("mailer", **SENT, query='{"username": "carl"}')
    sql = "SELECT doc ->> 'mailing' FROM jobs WHERE kind = 'mailing' AND state = 'waiting'"
    await JOBS["mailing"](office.db, {"mailing": await office.db.read(lambda q: q.value(sql))})
    await carl.post("mailer.unsubscribe", _id=carl.user_id, createdAt="1")
    await work(office)
    assert readers(box) == [admins]
    assert (await office.admin.get("jobs.list", kind="mailing-mail", state="failed"))["jobs"] == []
    await bob.post("mailer.unsubscribe", _id=office.admin.user_id, createdAt="x")
    key = path.rpartition("/")[2]
    await bob.post("mailer.unsubscribe", _id=ada.user_id, createdAt=key)


async def test_a_crash_mails_nobody_twice(office: Office, box: Postbox) -> None:
    await office.person(username="ada")
    await office.admin.post("mailer", **SENT, query='{"username": "ada"}')
    sql = "SELECT doc ->> 'mailing' FROM jobs WHERE kind = 'mailing'"
    job = {"mailing": await office.db.read(lambda q: q.value(sql))}
    for _ in range(2):
        await JOBS["mailing"](office.db, job)
    await work(office)
    await JOBS["mailing"](office.db, job)
    await work(office)
    assert readers(box) == ["ada@office.example"]
    listed = (await office.admin.get("jobs.list", kind="mailing-mail"))["jobs"]
    assert [each["state"] for each in listed] == ["done"]


async def test_a_trial_goes_to_its_sender_alone(office: Office, box: Postbox) -> None:
    await office.person(username="ada")
    plain = SENT | {"body": "Dear [fname]\nthis & that: [unsubscribe]", "dryrun": True}
    await office.admin.post("mailer", **plain)
    await work(office)
    [mail] = box.mails
    assert mail["To"] == "news@office.example"
    assert not mail.is_multipart()
    assert (
        mail.get_content().splitlines()[1].startswith("this & that: https://chat.example/mailer/")
    )


async def test_what_is_refused(sqlite_office: Office) -> None:
    office = sqlite_office
    admin, person = office.admin, await office.person()
    assert (await person.refused("POST", "mailer", json=SENT))[0] == 403
    assert (await office.nobody.refused("POST", "mailer.unsubscribe", json={}))[0] == 401

    async def error(**changes: Any) -> tuple[str, Any]:
        status, answer = await admin.refused("POST", "mailer", json=SENT | changes)
        assert status == 400
        return answer["error"], answer.get("errorType")

    invalid = "invalid-params"
    missing = {key: value for key, value in SENT.items() if key != "from"}
    answer = (await admin.refused("POST", "mailer", json=missing))[1]
    assert answer["error"] == f"must have required property 'from' [{invalid}]"
    assert await error(x=1) == (f"must NOT have additional properties [{invalid}]", invalid)
    for sender in ("nobody", "a@b.example\r\nBcc: c@d.example", ""):
        code = "error-invalid-from-address"
        assert await error(**{"from": sender}) == (f"Invalid from address [{code}]", code)
    code = "error-missing-unsubscribe-link"
    assert await error(body="x") == (f"You must provide the [unsubscribe] link. [{code}]", code)
    await office.setting("Site_Url", "")
    assert await error() == ("error-site-url-not-set", None)
    await office.setting("Site_Url", "http://office")
    for query in ("{", "[]", '{"$where": ["1"]}', '{"name": {"$regex": "(a+)+$"}}'):
        assert (await error(query=query))[1] == "error-invalid-query"
    await office.grant("send-mail")
    assert (await admin.refused("POST", "mailer", json=SENT))[0] == 403


USER = {
    "username": "ada",
    "active": True,
    "roles": ["user", "livechat-agent"],
    "emails": [{"address": "a@x.example", "verified": False}, {"address": "b@x.example"}],
}


@pytest.mark.parametrize(
    ("query", "means"),
    [
        ("", True),
        ("{}", True),
        ('{"roles": "livechat-agent"}', True),
        ('{"roles": "agent"}', False),
        ('{"roles": ["user", "livechat-agent"]}', True),
        ('{"emails.address": "b@x.example", "active": true}', True),
        ('{"active": 1}', False),
        ('{"username": {"$in": ["bob", "ada"]}}', True),
        ('{"roles": {"$nin": ["admin"], "$ne": "user"}}', False),
        ('{"statusLivechat": null}', True),
        ('{"statusLivechat": {"$exists": true}}', False),
        ('{"$or": [{"username": "bob"}, {"$nor": [{"active": false}]}]}', True),
        ('{"$and": [{"username": "ada"}, {"emails.verified": true}]}', False),
    ],
)
def test_whom_a_query_means(query: str, means: bool) -> None:
    assert selector(query)(USER) is means


def test_a_query_has_an_end() -> None:
    for query in ('{"$and":[' * 900 + "{}" + "]}" * 900, "[" * 5000):
        with pytest.raises(Coded):
            selector(query)
