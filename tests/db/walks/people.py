"""Accounts, their tokens, passwords and second factors."""

from email.message import EmailMessage
from typing import Any

import pyotp
import pytest

from parley.accounts.reset_mail import KIND as PASSWORD_RESET
from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.db.counting import policy_read
from tests.office import Client, Office


async def people(office: Office, name: str) -> None:
    admin, person = office.admin, await office.person(username=name)
    await admin.post("livechat/users/agent", username=name)
    await person.get("me")
    await person.get("users.info", username=name)
    await admin.get("users.list")
    await person.get("users.getStatus")
    await person.get("users.getPresence", username=name)
    await person.get("users.presence")
    await person.get("users.presence", ids=person.user_id)
    await person.post("users.setStatus", status="online")
    await person.post("users.setPreferences", data={"language": "en"})
    await person.get("users.getPreferences")
    await person.get("roles.list")
    await admin.get("roles.getUsersInRole", role="admin")
    await person.get("roles.getUsersInPublicRoles")
    await admin.post("roles.addUserToRole", username=name, roleId="livechat-manager")
    await admin.post("roles.removeUserFromRole", username=name, roleId="livechat-manager")
    await admin.post("users.update", userId=person.user_id, data={"name": "Ada", "roles": ["user"]})
    await tokens(await office.login(name, person.password))
    await (await office.login(name, person.password)).post("logout")
    await (await office.login(name, person.password)).get("logout")
    await admin.post("users.logout", userId=person.user_id)
    await serving(await office.login(name, person.password), office)


async def serving(person: Client, office: Office) -> None:
    """Whoever goes leaves their chats: with one of them."""
    admin, name = office.admin, person.password.removeprefix("password of ")
    for act in ("users.setActiveStatus", "users.delete"):
        await admin.post("livechat/users/agent", username=name)
        person = await office.login(name, person.password)
        await person.post("users.setStatus", status="online")
        visitor = await office.visitor()
        await office.nobody.get("livechat/room", token=visitor.token, agentId=person.user_id)
        if act == "users.delete":
            await admin.post(act, userId=person.user_id)
            continue
        await admin.post(act, userId=person.user_id, activeStatus=False)
        await admin.post(act, userId=person.user_id, activeStatus=True)


async def tokens(person: Client) -> None:
    await person.post("users.generatePersonalAccessToken", tokenName="bot")
    await person.post("users.regeneratePersonalAccessToken", tokenName="bot")
    await person.get("users.getPersonalAccessTokens")
    await person.post("users.removePersonalAccessToken", tokenName="bot")
    await person.post("users.removeOtherTokens")


async def passwords(office: Office, patch: pytest.MonkeyPatch) -> None:
    sent: list[EmailMessage] = []

    async def send(settings: Any, message: EmailMessage) -> None:
        sent.append(message)

    patch.setattr("parley.mail.send", send)
    for name, value in (("SMTP_Host", "mail.example"), ("From_Email", "office@office.example")):
        await office.setting(name, value)
    await office.setting("Site_Url", "http://office")
    await office.setting("Livechat_offline_email", "office@office.example")
    await policy_read(office)
    form = {"name": "Maria", "email": "maria@shop.example", "message": "Anybody there?"}
    await office.nobody.post("livechat/offline.message", **form)
    await office.admin.get("livechat/offline.messages", email=form["email"])
    person = await office.person()
    change = {"newPassword": "another", "currentPassword": person.password, "bio": "Engine"}
    await person.post("users.updateOwnBasicInfo", data=change)
    email = (await person.get("me"))["emails"][0]["address"]
    await office.nobody.post("users.forgotPassword", email=email)
    await Worker(office.db, {PASSWORD_RESET: JOBS[PASSWORD_RESET]}).run_what_is_due()
    token = sent[0].get_content().partition("/reset-password/")[2].split()[0]
    await office.nobody.post("users.resetPassword", token=token, newPassword="new")


async def second_factors(office: Office, clock: Clock) -> None:
    person = await office.person()
    proposed = await person.post("users.2fa.enableTOTP")
    totp = pyotp.TOTP(proposed["secret"])

    def code() -> str:
        clock.wait(seconds=30)
        return totp.at(clock.at)

    await person.post("users.2fa.validateTOTP", code=code())
    await person.get("users.2fa.status")
    shown: dict[str, Any] = {"headers": {"x-2fa-code": code()}, "json": {"tokenName": "bot"}}
    await person.call("POST", "users.generatePersonalAccessToken", **shown)
    name = person.password.removeprefix("password of ")
    await office.nobody.post("login", user=name, password=person.password, code=code())
    await person.post("users.2fa.regenerateCodes", code=code())
    await person.post("users.2fa.disableTOTP", code=code())
    await office.admin.post("users.resetTOTP", userId=person.user_id)
