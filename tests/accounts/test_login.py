"""Logging in and out."""

import hashlib
from typing import Any

import pytest

from parley.db import Database, Tx, open_database
from tests.clock import Clock
from tests.office import Client, Office, open_office

REFUSED = {
    "success": False,
    "error": "Unauthorized",
    "status": "error",
    "message": "Unauthorized",
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_every_form_of_login_gives_a_token_that_works(office: Office) -> None:
    person = await office.person(username="Ada.L")
    digest = {"digest": sha256(person.password), "algorithm": "sha-256"}
    upper = digest | {"digest": digest["digest"].upper()}
    email = "Ada.L@office.example"
    forms: list[dict[str, Any]] = [
        {"user": "Ada.L", "password": person.password},
        {"user": "ada.l", "password": digest},
        {"user": email, "password": upper},
        {"username": "ADA.L", "password": person.password},
        {"email": email.upper(), "password": digest},
        {"resume": person.headers["X-Auth-Token"]},
    ]
    tokens = []
    for form in forms:
        answer = await office.nobody.post("login", **form)
        assert list(answer) == ["status", "data", "success"]
        assert answer["status"] == "success"
        data = answer["data"]
        assert list(data) == ["userId", "authToken", "me"]
        assert data["userId"] == data["me"]["_id"] == person.user_id
        headers = {"x-auth-token": data["authToken"], "x-user-id": data["userId"]}
        assert (await office.nobody.call("GET", "me", headers=headers)).status_code == 200
        tokens.append(data["authToken"])
    assert tokens[-1] == person.headers["X-Auth-Token"]
    assert len(set(tokens)) == len(forms)
    assert {len(token) for token in tokens} == {43}


async def test_every_wrong_login_has_one_answer(office: Office) -> None:
    person = await office.person(username="grace")
    right = person.password
    asleep = {"username": "asleep", "name": "A", "email": "asleep@office.example"}
    await office.admin.post("users.create", **asleep, password=right, active=False)
    wrong: list[Any] = [
        {},
        [],
        {"user": "grace"},
        {"password": right},
        {"user": "grace", "password": "wrong"},
        {"user": "grace", "password": sha256(right)},
        {"user": "grace", "password": ""},
        {"user": "grace", "password": None},
        {"user": "grace", "password": {"digest": sha256(right), "algorithm": "md5"}},
        {"user": "grace", "password": {"digest": sha256("x"), "algorithm": "sha-256"}},
        {"user": "grace", "password": {"digest": ["x"], "algorithm": "sha-256"}},
        {"user": "grace@office.example.com", "password": right},
        {"user": "nobody", "password": right},
        {"user": {"username": "grace"}, "password": right},
        {"username": "grace@office.example", "password": right},
        {"email": "grace", "password": right},
        {"resume": "no such token"},
        {"resume": person.user_id},
        {"resume": 5},
    ]
    for body in wrong:
        assert await office.nobody.refused("POST", "login", json=body) == (401, REFUSED), body


async def test_a_token_expires_at_the_request(office: Office, clock: Clock) -> None:
    await office.setting("Accounts_LoginExpiration", 2)
    person = await office.person()
    clock.wait(days=2, seconds=-1)
    await person.get("me")
    clock.wait(seconds=1)
    status, body = await person.refused("GET", "me")
    assert (status, body["error"]) == (401, "You must be logged in to do this.")
    form = {"resume": person.headers["X-Auth-Token"]}
    assert await office.nobody.refused("POST", "login", json=form) == (401, REFUSED)


async def test_a_person_who_is_switched_off_is_nobody_at_once(office: Office) -> None:
    person = await office.person()
    await office.patch("users", person.user_id, active=False)
    assert (await person.refused("GET", "me"))[0] == 401
    form = {"resume": person.headers["X-Auth-Token"]}
    assert await office.nobody.refused("POST", "login", json=form) == (401, REFUSED)


@pytest.mark.parametrize("days", [-5, 0, 2**31 - 1])
async def test_no_expiration_locks_everybody_out(office: Office, days: int) -> None:
    await office.setting("Accounts_LoginExpiration", days)
    person = await office.person()
    await person.get("me")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_logout_removes_its_token_only(office: Office, method: str) -> None:
    agent = await office.agent(username="twice")
    other = await office.login("twice", agent.password)
    response = await agent.call(method, "logout")
    body = {"status": "success", "data": {"message": "You've been logged out!"}, "success": True}
    assert (response.status_code, response.json()) == (200, body)
    assert (await agent.refused("GET", "me"))[0] == 401
    me = await other.get("me")
    assert me["status"] == "offline"
    # Nobody is given chats after going home, even where status does not count.
    assert me["statusLivechat"] == "not-available"
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    visitor = await office.visitor()
    assert "servedBy" not in await visitor.room()
    await visitor.close((await visitor.room())["_id"])
    await other.post("users.setStatus", status="online")
    assert (await visitor.room())["servedBy"]["username"] == "twice"


@pytest.mark.parametrize("chosen", ["before", "after"])
async def test_a_choice_not_to_be_available_outlives_logout(office: Office, chosen: str) -> None:
    agent = await office.agent(username="resting")
    if chosen == "before":
        await agent.post("livechat/agent.status", status="not-available")
    await agent.post("logout")
    back = await office.login("resting", agent.password)
    if chosen == "after":
        await back.post("livechat/agent.status", status="not-available")
    await back.post("users.setStatus", status="online")
    assert (await back.get("me"))["statusLivechat"] == "not-available"


async def test_me(office: Office) -> None:
    await office.setting("Site_Url", "https://chat.example/")
    agent = await office.agent(username="shown")
    me = await agent.get("me")
    assert me.pop("_id") == agent.user_id
    assert me.pop("createdAt") <= me.pop("lastLogin") <= me.pop("_updatedAt")
    assert me == {
        "username": "shown",
        "name": "Shown",
        "emails": [{"address": "shown@office.example", "verified": False}],
        "type": "user",
        "status": "online",
        "statusDefault": "online",
        "active": True,
        "roles": ["user", "livechat-agent"],
        "statusLivechat": "available",
        "settings": {"profile": {}, "preferences": {}, "calendar": {}},
        "avatarUrl": "https://chat.example/avatar/shown",
        "isOAuthUser": False,
        "services": {"password": {"exists": True}, "totp": {"enabled": False}},
        "success": True,
    }
    # The verified address alone is `email`.
    assert (await office.admin.get("me"))["email"] == "rocketchat.internal.admin.test@rocket.chat"


async def test_credentials_must_belong_together(office: Office) -> None:
    one, other = await office.person(), await office.person()
    mixed = one.headers | {"X-User-Id": other.user_id}
    for headers in (
        mixed,
        {"X-Auth-Token": one.headers["X-Auth-Token"]},
        {"X-User-Id": one.user_id},
        one.headers | {"X-Auth-Token": ""},
        one.headers | {"X-Auth-Token": "é" * 43},
    ):
        encoded = {k: v.encode() for k, v in headers.items()}
        status, _ = await Client(office.http).refused("GET", "me", headers=encoded)
        assert status == 401, headers


@pytest.mark.usefixtures("true_passwords")
async def test_passwords_and_tokens_are_stored_hashed(office: Office) -> None:
    person = await office.person(username="secretive")
    token = person.headers["X-Auth-Token"]

    async def stored(tx: Tx) -> list[str]:
        users = await tx.rows("SELECT password, doc FROM users WHERE username_key = 'secretive'")
        tokens = await tx.rows("SELECT hash, user_id FROM login_tokens")
        return [str(value) for row in [*users, *tokens] for value in row]

    found = await office.db.act(stored)
    assert found[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    secrets = (person.password, sha256(person.password), token)
    assert not [value for value in found for secret in secrets if secret in value]


async def test_people_status_and_policy_outlive_a_restart(database_url: str) -> None:
    db: Database = await open_database(database_url)
    async with open_office(db) as office:
        agent = await office.agent(username="lasting")
        await agent.post("users.setStatus", status="busy", message="at lunch")
        await office.setting("Livechat_title", "Ask us")
        await office.grant("view-l-room", "livechat-manager")
    await db.close()
    db = await open_database(database_url)
    async with open_office(db) as office:
        agent = Client(office.http, agent.headers, agent.password)
        me = await agent.get("me")
        assert (me["status"], me["statusText"]) == ("busy", "at lunch")
        assert (await office.admin.get("settings/Livechat_title"))["value"] == "Ask us"
        assert (await agent.refused("POST", "livechat/agent.status", json={}))[0] == 403
        await office.login("lasting", agent.password)
    await db.close()
