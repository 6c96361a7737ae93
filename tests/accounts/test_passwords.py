"""Changing one's own account, and a lost password."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import bcrypt
import pytest
from aiosmtpd.controller import Controller

from parley.accounts import store
from parley.db import Tx
from parley.db.documents import decode, find
from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.office import Client, Office
from tests.postbox import find_free_port

OWN = "users.updateOwnBasicInfo"


async def own(person: Client, **data: Any) -> dict[str, Any]:
    return await person.post(OWN, data=data)


async def refused(person: Client, **data: Any) -> str:
    status, answer = await person.refused("POST", OWN, json={"data": data})
    assert status == 400
    return str(answer.get("errorType"))


async def test_a_new_password_ends_the_other_sessions(office: Office) -> None:
    person = await office.person(username="ada")
    other = await office.login("ada", person.password)
    token = (await other.post("users.generatePersonalAccessToken", tokenName="bot"))["token"]
    bot = Client(office.http, person.headers | {"X-Auth-Token": token})
    assert await refused(person, newPassword="new") == "error-invalid-password"
    assert await refused(person, newPassword="new", currentPassword="wrong") == (
        "error-invalid-password"
    )
    assert await refused(person, newPassword=" ", currentPassword=person.password) == (
        "error-the-field-is-required"
    )
    digest = hashlib.sha256(person.password.encode()).hexdigest()
    await own(person, newPassword="new", currentPassword=digest)
    await person.get("me")
    await bot.get("me")
    assert (await other.refused("GET", "me"))[0] == 401
    form = {"user": "ada", "password": person.password}
    assert (await office.nobody.refused("POST", "login", json=form))[0] == 401
    again = await office.login("ada", "new")
    await person.post("users.removeOtherTokens")
    assert (await again.refused("GET", "me"))[0] == 401
    await person.get("me")


async def test_one_own_password_cannot_be_guessed(office: Office, clock: Clock) -> None:
    person = await office.person()
    errors = [await refused(person, email="a@b.c", currentPassword="x") for _ in range(12)]
    assert errors == ["error-invalid-password"] * 10 + ["error-too-many-tries"] * 2


async def test_one_changes_ones_own_names(office: Office) -> None:
    person, other = await office.person(username="ada"), await office.person(username="grace")
    user = (await own(person, name="Ada L.", username="Ada.L", bio="Engine", statusText="here"))[
        "user"
    ]
    assert (user["name"], user["username"], user["bio"], user["statusText"]) == (
        "Ada L.",
        "Ada.L",
        "Engine",
        "here",
    )
    await office.login("ada.l", person.password)
    for data, error in (
        ({"username": "GRACE"}, "error-field-unavailable"),
        ({"username": "a b"}, "error-input-is-not-a-valid-field"),
        ({"name": " "}, "error-the-field-is-required"),
        ({"email": "no"}, "error-input-is-not-a-valid-field"),
        ({"email": "new@office.example"}, "error-invalid-password"),
    ):
        assert await refused(person, **data) == error, data
    mail = {"email": "GRACE@office.example", "currentPassword": person.password}
    assert await refused(person, **mail) == "error-field-unavailable"
    await own(person, email="new@office.example", currentPassword=person.password)
    await office.login("new@office.example", person.password)
    assert (await other.get("me"))["username"] == "grace"
    await office.setting("Accounts_AllowUserProfileChange", False)
    assert await refused(person, name="x") == "error-not-allowed"
    log = await office.admin.get("audit.events", actor=person.user_id)
    assert log["events"][0]["data"]["previous"] == {"email": "ada@office.example"}


async def test_an_imported_password_is_hashed_anew_at_login(office: Office) -> None:
    person = await office.person(username="ada")
    digest = hashlib.sha256(b"from there").hexdigest()
    imported = bcrypt.hashpw(digest.encode(), bcrypt.gensalt(4)).decode()

    async def bring(tx: Tx) -> None:
        user = await find(tx, "users", person.user_id)
        assert user is not None
        await store.set_password(tx, user, imported)

    await office.db.act(bring)
    form = {"user": "ada", "password": "not that"}
    assert (await office.nobody.refused("POST", "login", json=form))[0] == 401
    assert await office.db.read(store.password_of, person.user_id) == imported
    await office.login("ada", "from there")
    stored = await office.db.read(store.password_of, person.user_id)
    assert stored is not None
    assert stored.startswith("$argon2id$")
    await office.login("ada", "from there")


class Postbox:
    """A mail server on loopback, which says no as often as it is told."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._mails: asyncio.Queue[EmailMessage] = asyncio.Queue()
        self.refusals = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refusals > 0:
            self.refusals -= 1
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        message = message_from_bytes(envelope.content, policy=default)
        self._loop.call_soon_threadsafe(self._mails.put_nowait, message)
        return "250 OK"

    async def next(self) -> EmailMessage:
        return await asyncio.wait_for(self._mails.get(), 30)

    def empty(self) -> bool:
        return self._mails.empty()


@pytest.fixture
async def postbox(office: Office) -> AsyncIterator[Postbox]:
    """The office's mail goes there."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=find_free_port())
    controller.start()
    await office.setting("SMTP_Host", "127.0.0.1")
    await office.setting("SMTP_Port", str(controller.port))
    await office.setting("From_Email", "Office <office@office.example>")
    await office.setting("Site_Url", "https://chat.example/")
    yield box
    controller.stop()


async def work(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


FORGOT, RESET = "users.forgotPassword", "users.resetPassword"


async def mailed_token(office: Office, postbox: Postbox, email: str) -> str:
    assert await office.nobody.post(FORGOT, email=email) == {"success": True}
    await work(office)
    mail = await postbox.next()
    assert mail["To"] == email.lower()
    found = re.search(r"https://chat\.example/reset-password/([\w-]{43})\s", mail.get_content())
    assert found is not None
    return found[1]


async def test_a_lost_password_is_replaced_by_mail(
    office: Office, postbox: Postbox, clock: Clock
) -> None:
    person = await office.person(username="ada")
    email = "ada@office.example"
    first = await mailed_token(office, postbox, email)
    token = await mailed_token(office, postbox, email.upper().replace("OFFICE", "office"))
    for wrong in (first, "", "x" * 43):  # the newest mail counts
        status, answer = await office.nobody.refused(
            "POST", RESET, json={"token": wrong, "newPassword": "found"}
        )
        assert (status, answer["errorType"]) == (400, "error-token-expired")
    body = {"token": token, "newPassword": " "}
    assert (await office.nobody.refused("POST", RESET, json=body))[0] == 400
    await office.nobody.post(RESET, token=token, newPassword="found")
    assert (await person.refused("GET", "me"))[0] == 401
    await office.login("ada", "found")
    body = {"token": token, "newPassword": "again"}
    assert (await office.nobody.refused("POST", RESET, json=body))[0] == 400
    clock.wait(hours=2)
    late = await mailed_token(office, postbox, email)
    clock.wait(hours=1)
    body = {"token": late, "newPassword": "late"}
    assert (await office.nobody.refused("POST", RESET, json=body))[0] == 400


async def test_the_mail_outlives_a_mail_server_that_does_not_answer(
    office: Office, postbox: Postbox, clock: Clock
) -> None:
    person = await office.person(username="ada")
    postbox.refusals = 2
    await office.nobody.post(FORGOT, email="ada@office.example")
    tokens = []
    for _ in range(3):
        # Neither the link nor the address waits anywhere: they are made when the mail is.
        [doc] = await waiting(office)
        assert doc.keys() == {"userId", "until"}
        assert doc["userId"] == person.user_id
        assert postbox.empty()
        await work(office)
        tokens.append(await office.db.read(lambda q: q.value("SELECT hash FROM password_resets")))
        clock.wait(minutes=1)
    mail = await postbox.next()
    assert len(set(tokens)) == 3
    found = re.search(r"/reset-password/([\w-]{43})\s", mail.get_content())
    assert found is not None
    await office.nobody.post(RESET, token=found[1], newPassword="found")
    await office.nobody.post(FORGOT, email="ada@office.example")
    clock.wait(hours=2)
    await work(office)
    assert (await waiting(office), postbox.empty()) == ([], True)


async def waiting(office: Office) -> list[dict[str, Any]]:
    """What jobs hold that have not ended; those that have hold nothing."""
    sql = "SELECT state, doc FROM jobs WHERE kind = 'password-reset'"
    rows = [(row[0], decode(row[1])) for row in await office.db.read(lambda q: q.rows(sql))]
    assert all(doc == {} for state, doc in rows if state != "waiting")
    return [doc for state, doc in rows if state == "waiting"]


async def test_nobody_learns_who_has_an_account_nor_floods_a_postbox(
    office: Office, postbox: Postbox
) -> None:
    await office.person(username="ada")
    for email in ("nobody@office.example", "a\r\nBcc: b@c.d", "", "@"):
        assert await office.nobody.post(FORGOT, email=email) == {"success": True}
    for _ in range(5):
        await office.nobody.post(FORGOT, email="ada@office.example")
    await office.person(username="grace")
    await office.nobody.post(FORGOT, email="grace@office.example")
    await work(office)
    mails = [await postbox.next() for _ in range(4)]
    assert sorted(mail["To"] for mail in mails) == [
        *["ada@office.example"] * 3,
        "grace@office.example",
    ]
    assert postbox.empty()


async def test_without_mail_it_is_said(office: Office) -> None:
    body = {"email": "ada@office.example"}
    status, answer = await office.nobody.refused("POST", FORGOT, json=body)
    assert (status, answer["error"]) == (400, "error-mail-not-configured")


async def test_the_link_leads_to_a_form(office: Office, postbox: Postbox) -> None:
    await office.person(username="ada")
    path = f"/reset-password/{await mailed_token(office, postbox, 'ada@office.example')}"
    page = await office.http.get(path)
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "script" not in page.text
    form = {"new": "found <it>", "again": "found it"}
    page = await office.http.post(path, data=form)
    assert (page.status_code, "not the same" in page.text) == (400, True)
    page = await office.http.post(path, content=b"new=" + b"x" * 20_000)
    assert page.status_code == 400
    page = await office.http.post(path, data=form | {"again": "found <it>"})
    assert (page.status_code, "has been changed" in page.text) == (200, True)
    await office.login("ada", "found <it>")
    page = await office.http.post(path, data={"new": "x", "again": "x"})
    assert (page.status_code, "<form" in page.text) == (400, False)
