"""Webhooks, SMS, e-mail inboxes."""

import hmac
from base64 import b64encode
from typing import Any

import pytest

from parley.integrations.receiver import Outcome
from tests.db.counting import policy_read
from tests.office import Office


async def webhooks(office: Office, patch: pytest.MonkeyPatch) -> None:
    async def answered(*sent: Any) -> Outcome:
        return Outcome(200, "")

    patch.setattr("parley.integrations.routes.send", answered)
    await office.setting("Livechat_webhookUrl", "https://crm.example")
    await office.setting("Livechat_webhook_on_start", True)
    await policy_read(office)
    anna, visitor = await office.agent(), await office.visitor()
    await visitor.close((await visitor.room())["_id"])
    await anna.post("users.setStatus", status="offline")
    await office.admin.post("livechat/webhook.test")
    found = (await office.admin.get("livechat/webhooks.deliveries"))["deliveries"]
    await office.admin.post("livechat/webhooks.replay", _id=found[0]["_id"])
    times = {"start": "2026-01-01", "end": "2099-01-01"}
    await office.admin.post("livechat/webhooks.replay", **times)
    await office.setting("Livechat_webhookUrl", "")
    await policy_read(office)


async def mailings(office: Office) -> None:
    admin = office.admin
    sent = {"from": "a@m.example", "subject": "News", "body": "[unsubscribe]"}
    await office.setting("Site_Url", "http://office")
    await policy_read(office)
    await admin.post("mailer", **sent, query='{"username": "nobody"}')
    await admin.post("mailer", **sent, dryrun=True)
    await (await office.person()).post("mailer.unsubscribe", _id="x", createdAt="1")
    person = await office.person()
    await person.post("mailer.unsubscribe", _id=person.user_id, createdAt="1")


async def channels(office: Office) -> None:
    admin = office.admin
    server = {"server": "m.example", "port": 1, "username": "", "password": "", "secure": True}
    inbox = {"name": "Walk", "email": "w@m.example", "active": False, "smtp": server}
    key = (await admin.post("email-inbox", **inbox, imap=server))["_id"]
    await admin.post("email-inbox", _id=key, **inbox, imap=server)
    await admin.get("email-inbox.list")
    await admin.get(f"email-inbox/{key}")
    await admin.get("email-inbox.search", email="w@m.example")
    await admin.get(f"email-inbox.send-test/{key}")
    await admin.post(f"email-inbox.send-test/{key}")
    await admin.delete(f"email-inbox/{key}")
    await admin.get("smtp.check")
    for name, value in (("SMS_Enabled", True), ("SMS_Twilio_authToken", "secret")):
        await office.setting(name, value)
    await office.setting("Site_Url", "http://office")
    await policy_read(office)
    for body in ("first", "second"):
        form = {"From": "+1", "To": "+2", "Body": body, "FromCity": "Porto"}
        path = "livechat/sms-incoming/twilio"
        text = f"http://office/api/v1/{path}" + "".join(k + form[k] for k in sorted(form))
        signed = b64encode(hmac.digest(b"secret", text.encode(), "sha1")).decode()
        await office.nobody.call("POST", path, data=form, headers={"x-twilio-signature": signed})
