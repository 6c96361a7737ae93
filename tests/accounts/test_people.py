"""Making people, what they say of themselves, and what their roles may do."""

import asyncio
from typing import Any

import httpx
import pytest

from parley.app import build_app
from parley.config import Config
from tests.office import Client, Office

NO_PERMISSION = (
    403,
    {
        "success": False,
        "error": "User does not have the permissions required for this action [error-unauthorized]",
    },
)
UNAUTHORIZED = (403, {"success": False, "error": "unauthorized"})


def coded(code: str, reason: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return 400, {"success": False, "error": f"{reason} [{code}]", "errorType": code, **more}


def bob(**fields: Any) -> dict[str, Any]:
    base = {"username": "bob", "name": "Bob", "email": "bob@office.example", "password": "secret"}
    return base | fields


async def test_users_create_keeps_what_it_is_given(office: Office) -> None:
    given = {"bio": "b", "nickname": "n", "statusText": "s", "customFields": {"a": 1}}
    agent = bob(roles=["livechat-agent", "livechat-agent"], verified=True, **given)
    user = (await office.admin.post("users.create", **agent))["user"]
    assert user["roles"] == ["livechat-agent"]
    assert user["statusLivechat"] == "available"
    assert user["emails"] == [{"address": "bob@office.example", "verified": True}]
    assert user | given == user
    assert len(user["_id"]) == 17
    assert not {"password", "services"} & user.keys()
    plain = bob(username="carl", email="carl@office.example")
    user = (await office.admin.post("users.create", **plain))["user"]
    assert user["roles"] == ["user"]
    assert "statusLivechat" not in user


async def test_users_create_refuses(office: Office) -> None:
    await office.admin.post("users.create", **bob())
    required, field = "error-the-field-is-required", "error-input-is-not-a-valid-field"
    refusals = [
        (bob(username="  "), coded(required, "The field Username is required")),
        (bob(name=""), coded(required, "The field Name is required")),
        (bob(email=""), coded(required, "The field E-mail is required")),
        (bob(password=""), coded(required, "The field Password is required")),
        (bob(roles=["king"]), coded("error-invalid-role", "Invalid role king")),
    ]
    for name in ("b ob", "bob\n", "böb", "b" * 101):
        details = {"details": {"input": name}}
        refusals.append(
            (bob(username=name), coded(field, f"{name} is not a valid username", **details))
        )
    unavailable = "error-field-unavailable"
    for taken, mail in (("BOB", "x@office.example"), ("bobby", "BOB@office.example")):
        name = taken if taken == "BOB" else mail
        answer = coded(unavailable, f"{name} is already in use :(", details={"field": name})
        refusals.append((bob(username=taken, email=mail), answer))
    for body, expected in refusals:
        assert await office.admin.refused("POST", "users.create", json=body) == expected, body
    # A typed route: no suffix in the text.
    missing = {"success": False, "errorType": "invalid-params"}
    missing["error"] = "must have required property 'email'"
    assert await office.admin.refused("POST", "users.create", json={}) == (400, missing)


async def test_who_may_create_whom(office: Office) -> None:
    agent = await office.agent(online=False)
    refused = coded("error-action-not-allowed", "Adding user is not allowed")
    assert await agent.refused("POST", "users.create", json=bob()) == refused
    await office.grant("create-user", "livechat-agent", "admin")
    refused = coded("error-action-not-allowed", "Assigning admin is not allowed")
    assert await agent.refused("POST", "users.create", json=bob(roles=["admin"])) == refused
    await agent.post("users.create", **bob())
    # The name of Rocket.Chat's internal user, who may see every room, lends no such power.
    cat = await office.person("livechat-agent", username="rocket.cat")
    await office.agent(username="serving")
    visitor = await office.visitor()
    room = await visitor.room()
    assert room["servedBy"]["username"] == "serving"
    status, body = await cat.refused("GET", "rooms.info", params={"roomId": room["_id"]})
    assert (status, body["error"]) == (400, "not-allowed")


async def test_users_set_status(office: Office) -> None:
    person, other = await office.person(username="ann"), await office.person(username="ben")
    await person.post("users.setStatus", status="away", message="soon back")
    await person.post("users.setStatus", message="very soon")
    me = await person.get("me")
    assert (me["status"], me["statusDefault"], me["statusText"]) == ("away", "away", "very soon")

    for whom in ({"userId": other.user_id}, {"username": "ben"}, {"user": "BEN"}):
        body = {"status": "busy", **whom}
        assert await person.refused("POST", "users.setStatus", json=body) == UNAUTHORIZED
        await office.admin.post("users.setStatus", status="online", **whom)
        assert (await other.get("me"))["status"] == "online"
        await other.post("users.setStatus", status="offline")
    await person.post("users.setStatus", status="busy", userId=person.user_id)

    match = "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation"
    refusals: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({}, {"error": match}),
        (
            {"status": "happy"},
            {"error": "must be equal to one of the allowed values", "errorType": "invalid-params"},
        ),
        (
            {"status": "busy", "userId": "nobody"},
            {"error": "Invalid user [error-invalid-user]", "errorType": "error-invalid-user"},
        ),
        (
            {"status": "busy", "username": "nobody"},
            {"error": "Invalid user [error-invalid-user]", "errorType": "error-invalid-user"},
        ),
    ]
    for wrong, answer in refusals:
        found = await office.admin.refused("POST", "users.setStatus", json=wrong)
        assert found == (400, {"success": False} | answer), wrong


async def test_a_permission_taken_away_is_gone_with_the_next_call(office: Office) -> None:
    agent = await office.agent()
    await agent.post("livechat/agent.status", status="available")
    answer = await office.admin.post(
        "permissions.update", permissions=[{"_id": "view-l-room", "roles": []}]
    )
    grants = {p["_id"]: p["roles"] for p in answer["permissions"]}
    assert len(grants) == 194
    assert grants["view-l-room"] == []
    for person in (agent, office.admin):
        assert await person.refused("POST", "livechat/agent.status", json={}) == NO_PERMISSION
    await office.grant("view-l-room", "user")
    await agent.post("livechat/agent.status", status="available")
    assert await agent.refused("POST", "permissions.update", json={}) == NO_PERMISSION
    await office.grant("access-permissions")
    assert await office.admin.refused("POST", "permissions.update", json={}) == NO_PERMISSION


@pytest.mark.parametrize(
    ("wrong", "error", "kind"),
    [
        ({"_id": "fly", "roles": []}, "Invalid permission", "error-invalid-permission"),
        ({"_id": "view-l-room", "roles": ["king"]}, "Invalid role", "error-invalid-role"),
        ({"_id": "view-l-room"}, "must have required property 'roles'", "invalid-params"),
    ],
)
async def test_permissions_update_refuses_all_or_nothing(
    office: Office, wrong: dict[str, Any], error: str, kind: str
) -> None:
    body = {"permissions": [{"_id": "view-privileged-setting", "roles": []}, wrong]}
    expected = {"success": False, "error": error, "errorType": kind}
    assert await office.admin.refused("POST", "permissions.update", json=body) == (400, expected)
    await office.admin.get("settings/Livechat_title")


async def test_updates_of_the_same_permissions_do_not_wait_for_each_other(office: Office) -> None:
    names = ["view-l-room", "create-user", "view-livechat-rooms"]
    grants = [{"_id": name, "roles": ["admin"]} for name in names]
    update = office.admin.post
    both_ways = [grants, grants[::-1]] * 15
    await asyncio.gather(*[update("permissions.update", permissions=each) for each in both_ways])


async def test_another_process_sees_a_change_at_once(office: Office) -> None:
    """Two applications on one database, each with its own idea of the policy."""
    app = build_app(Config(test_mode=True), office.db)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://other") as http:
        there = Client(http, office.admin.headers)
        visitor = await office.visitor()
        await there.get("settings/Livechat_enabled")
        for allowed in (False, True, False):
            await office.setting("Livechat_accept_chats_with_no_agents", allowed)
            found = await there.call("GET", "livechat/room", params={"token": visitor.token})
            assert found.status_code == (200 if allowed else 400)
            if allowed:
                await visitor.close(found.json()["room"]["_id"])
        await office.grant("view-privileged-setting")
        assert await there.refused("GET", "settings/Livechat_enabled") == NO_PERMISSION
        await there.post("logout")
        assert (await office.admin.refused("GET", "me"))[0] == 401
