"""Who is an agent, and whether they are ready for chats."""

from typing import Any

from tests.office import Office

STATUS = "livechat/agent.status"


async def test_agent_status(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    manager = await office.person("livechat-manager")
    for wanted in ("not-available", "not-available", "available"):
        answer = await ann.post(STATUS, status=wanted)
        assert answer == {"status": wanted, "success": True}
    assert [(await ann.post(STATUS))["status"] for _ in range(2)] == ["not-available", "available"]
    answer = await manager.post(STATUS, agentId=ben.user_id, status="not-available")
    assert answer["status"] == "not-available"
    assert (await ben.get("me"))["statusLivechat"] == "not-available"
    assert (await ann.get("me"))["statusLivechat"] == "available"


async def test_agent_status_refuses(office: Office) -> None:
    ann, ben = await office.agent(), await office.agent()
    manager, person = await office.person("livechat-manager"), await office.person()
    retired = await office.admin.post(
        "users.create",
        username="retired",
        name="Retired",
        email="retired@office.example",
        password="x",
        roles=["livechat-agent"],
        active=False,
    )
    not_found = {"success": False, "error": "Agent not found"}
    allowed = "must be equal to one of the allowed values [invalid-params]"
    cases: list[tuple[Any, dict[str, Any], int, dict[str, Any]]] = [
        (ann, {"agentId": ben.user_id}, 403, {"success": False, "error": "unauthorized"}),
        (ann, {"agentId": "nobody"}, 404, not_found),
        (manager, {"agentId": person.user_id}, 404, not_found),
        (manager, {}, 404, not_found),
        (
            ann,
            {"agentId": retired["user"]["_id"]},
            400,
            {"success": False, "error": "error-user-deactivated"},
        ),
        (
            ann,
            {"status": "away"},
            400,
            {"success": False, "error": allowed, "errorType": "invalid-params"},
        ),
    ]
    for who, body, status, expected in cases:
        assert await who.refused("POST", STATUS, json=body) == (status, expected), body
    assert (await person.refused("POST", STATUS, json={}))[0] == 403
    assert (await office.nobody.refused("POST", STATUS, json={}))[0] == 401
    assert (await ben.get("me"))["statusLivechat"] == "available"


async def test_giving_the_roles(office: Office) -> None:
    person = await office.person(username="newbie")
    for kind in ("agent", "manager", "agent"):
        answer = await office.admin.post(f"livechat/users/{kind}", username="newbie")
        user = {"_id": person.user_id, "username": "newbie"}
        assert answer == {"user": user, "success": True}
    me = await person.get("me")
    assert me["roles"] == ["user", "livechat-agent", "livechat-manager"]
    assert me["statusLivechat"] == "available"
    # Which counts with the next request, and makes the person one who can be given a chat.
    await person.post("users.setStatus", status="online")
    assert (await (await office.visitor()).room())["servedBy"]["_id"] == person.user_id

    plain = await office.person()
    assert (await plain.refused("POST", "livechat/users/agent", json={}))[0] == 403
    errors = [
        ("agent", {"username": "no-one"}, {"error": "error-invalid-user"}),
        ("boss", {"username": "newbie"}, {"error": "Invalid type"}),
        (
            "agent",
            {},
            {
                "error": "must have required property 'username' [invalid-params]",
                "errorType": "invalid-params",
            },
        ),
    ]
    for kind, body, expected in errors:
        found = await office.admin.refused("POST", f"livechat/users/{kind}", json=body)
        assert found == (400, {"success": False} | expected), body
