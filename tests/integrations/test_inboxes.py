"""E-mail inboxes: what is stored of them, and who learns their passwords (nobody)."""

import stat
from pathlib import Path
from typing import Any

import pytest

from parley import sealing
from parley.integrations.email.inboxes import passwords_of
from parley.integrations.email.store import find_inbox
from tests.office import Json, Office

PASSWORDS = {"smtp": "the smtp password", "imap": "the imap password"}
MASK = "********"


def inbox(**more: Any) -> Json:
    server = {"server": "mail.example", "port": 993, "username": "office", "secure": True}
    return {
        "name": "Office",
        "email": "Office@mail.example",
        "active": False,
        "smtp": server | {"password": PASSWORDS["smtp"]},
        "imap": server | {"password": PASSWORDS["imap"]},
        **more,
    }


async def stored(office: Office, key: str) -> Any:
    found = await office.db.read(find_inbox, key)
    assert found is not None
    return found


async def test_inboxes_are_kept_changed_found_and_removed(office: Office) -> None:
    admin = office.admin
    department = (await office.department())["_id"]
    key = (await admin.post("email-inbox", **inbox(department=department)))["_id"]
    doc = await admin.get(f"email-inbox/{key}")
    assert (doc["email"], doc["department"]) == ("office@mail.example", department)
    assert doc["imap"] == inbox()["imap"] | {"password": MASK, "maxRetries": 5}
    assert doc["_createdBy"]["_id"] == admin.user_id
    assert "the" not in (await stored(office, key)).secrets
    second = await admin.post("email-inbox", **inbox(name="Again", email="second@mail.example"))
    listed = await admin.get("email-inbox.list", count=1)
    assert [each["name"] for each in listed["emailInboxes"]] == ["Again"]
    assert (listed["count"], listed["total"]) == (1, 2)
    # What was shown is sent back: nothing changes but what does.
    doc = {k: v for k, v in doc.items() if k not in ("success", "_updatedAt", "_createdAt")}
    del doc["_createdBy"]
    await admin.post("email-inbox", **doc | {"department": "All", "description": "x"})
    after = await admin.get(f"email-inbox/{key}")
    assert "department" not in after
    assert after["description"] == "x"
    assert passwords_of(await stored(office, key)) == PASSWORDS
    found = (await admin.get("email-inbox.search", email="OFFICE@mail.example"))["emailInbox"]
    assert found["_id"] == key
    assert (await admin.get("email-inbox.search", email="no"))["emailInbox"] is None
    assert await admin.delete(f"email-inbox/{key}") == {"_id": key, "success": True}
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", ".send-test"),
        ("GET", ".send-test"),
    ):
        status, body = await admin.refused(method, f"email-inbox{path}/{key}")
        assert (status, body["error"]) == (404, "Resource not found")
    kinds = {each["t"] for each in (await admin.get("audit.events"))["events"]}
    assert {"email-inbox.created", "email-inbox.updated", "email-inbox.deleted"} <= kinds
    assert second["_id"] != key
    person = await office.person("livechat-manager")
    assert (await person.refused("GET", "email-inbox.list"))[0] == 403
    assert (await person.get("smtp.check"))["isSMTPConfigured"] is False


async def test_what_is_wrong_is_refused(office: Office) -> None:
    admin = office.admin
    await admin.post("email-inbox", **inbox())
    for sent, error in (
        (inbox(), "Failed to create email inbox"),
        (inbox(email="no address"), "Failed to create email inbox"),
        (inbox(email="a@b.c\r\nBcc: x@y.z"), "Failed to create email inbox"),
        (inbox(_id="nobody"), "[error-invalid-email-inbox]"),
    ):
        status, body = await admin.refused("POST", "email-inbox", json=sent)
        assert (status, body["error"]) == (400, error)


@pytest.mark.parametrize(
    "change", [{"server": "evil.example"}, {"port": 1}, {"secure": False}, {"username": "x"}]
)
async def test_no_other_server_learns_a_password_by_its_mask(office: Office, change: Json) -> None:
    key = (await office.admin.post("email-inbox", **inbox()))["_id"]
    imap = inbox()["imap"] | {"password": MASK} | change
    sent = inbox(_id=key, imap=imap)
    error = (await office.admin.refused("POST", "email-inbox", json=sent))[1]["error"]
    assert error.startswith("error-password-required")
    assert passwords_of(await stored(office, key)) == PASSWORDS
    sent["imap"]["password"] = "another"
    await office.admin.post("email-inbox", **sent)
    assert passwords_of(await stored(office, key)) == PASSWORDS | {"imap": "another"}


def test_the_key_is_made_once_and_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_source", ("", tmp_path / "data"))
    with pytest.raises(sealing.NoKey):
        sealing.unseal("x")
    sealed = sealing.seal("secret")
    file = tmp_path / "data" / sealing.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert sealing.unseal(sealed) == "secret"
    file.write_text("x" * 40)
    with pytest.raises(sealing.Unopened):
        sealing.unseal(sealed)
    monkeypatch.setattr(sealing, "_source", ("short", tmp_path))
    with pytest.raises(sealing.NoKey):
        sealing.seal("secret")
