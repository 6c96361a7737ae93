"""Changing people: their fields, their roles, and what an agent's role brings and takes."""

from typing import Any

import pytest

from tests.office import Client, Json, Office

UPDATE, GIVE, TAKE = "users.update", "roles.addUserToRole", "roles.removeUserFromRole"


def coded(code: str, reason: str, **more: Any) -> tuple[int, Json]:
    return 400, {"success": False, "error": f"{reason} [{code}]", "errorType": code, **more}


async def update(office: Office, person: Client, **data: Any) -> Json:
    answer = await office.admin.post(UPDATE, userId=person.user_id, data=data)
    user: Json = answer["user"]
    return user


async def entries(office: Office, person: Client) -> list[tuple[str, Json]]:
    """(what, data) of all that was done to somebody, oldest first."""
    query = {"target": person.user_id, "sort": '{"ts":1}'}
    found = (await office.admin.get("audit.events", **query))["events"]
    return [(entry["t"], entry.get("data", {})) for entry in found]


async def test_every_field_of_a_person(office: Office) -> None:
    ann = await office.person(username="ann")
    before = (await office.admin.get("users.info", userId=ann.user_id))["user"]
    given = {
        "name": "Ann Other",
        "username": "annie",
        "bio": "b",
        "nickname": "n",
        "statusText": "s",
        "customFields": {"a": 1},
        "requirePasswordChange": True,
    }
    user = await update(office, ann, **given, email="annie@office.example", verified=True)
    mail = [{"address": "annie@office.example", "verified": True}]
    assert user.items() >= (given | {"emails": mail, "roles": ["user"], "active": True}).items()
    assert (await ann.get("me"))["_id"] == ann.user_id  # her session goes on
    for who in ("annie", "annie@office.example"):
        assert (await office.login(who, ann.password)).user_id == ann.user_id
    body = {"user": "ann", "password": ann.password}
    assert (await office.nobody.refused("POST", "login", json=body))[0] == 401
    assert (await update(office, ann))["name"] == "Ann Other"
    # Another address has to be verified anew; the same one does not.
    assert (await update(office, ann, email="annie@office.example"))["emails"] == mail
    changed = await update(office, ann, email="x@office.example")
    assert changed["emails"] == [{"address": "x@office.example", "verified": False}]

    (_, first), (_, second) = (await entries(office, ann))[1:]
    assert first["current"] == given | {"emails": mail}
    assert first["previous"]["username"] == "ann"
    assert first["previous"]["emails"] == before["emails"]
    assert second["current"].keys() == {"emails"}


async def test_another_password_ends_the_sessions(office: Office) -> None:
    ann = await office.person(username="ann")
    token = (await ann.post("users.generatePersonalAccessToken", tokenName="ci"))["token"]
    user = await update(office, ann, password="a new one", requirePasswordChange=True)
    assert user["requirePasswordChange"] is True
    assert (await ann.refused("GET", "me"))[0] == 401
    named = Client(office.http, ann.headers | {"X-Auth-Token": token})
    await named.get("me")
    again = await office.login("ann", "a new one")
    await update(office, ann, setRandomPassword=True)
    assert (await again.refused("GET", "me"))[0] == 401
    body = {"user": "ann", "password": "a new one"}
    assert (await office.nobody.refused("POST", "login", json=body))[0] == 401
    log = str(await entries(office, ann))
    assert "password.changed" in log
    assert "a new one" not in log
    # Oneself: all sessions but this one.
    admin = office.admin
    other = await office.login(admin.user_id, admin.password)
    await update(office, admin, password="mine")
    await admin.get("me")
    assert (await other.refused("GET", "me"))[0] == 401


async def test_what_an_update_refuses(office: Office) -> None:
    ann, _ = await office.person(username="ann"), await office.person(username="ben")
    field, taken = "error-input-is-not-a-valid-field", "error-field-unavailable"
    for data, refused in [
        ({"username": "BEN"}, coded(taken, "BEN is already in use :(", details={"field": "BEN"})),
        (
            {"email": "ben@office.example", "name": "X"},
            coded(
                taken,
                "ben@office.example is already in use :(",
                details={"field": "ben@office.example"},
            ),
        ),
        (
            {"username": "b ob"},
            coded(field, "b ob is not a valid username", details={"input": "b ob"}),
        ),
        ({"name": " "}, coded("error-the-field-is-required", "The field Name is required")),
        ({"password": ""}, coded("error-the-field-is-required", "The field Password is required")),
        ({"roles": ["king"]}, coded("error-invalid-role", "Invalid role king")),
        (
            {"status": "busy"},
            (
                400,
                {
                    "success": False,
                    "error": "must NOT have additional properties",
                    "errorType": "invalid-params",
                },
            ),
        ),
    ]:
        body = {"userId": ann.user_id, "data": data}
        assert await office.admin.refused("POST", UPDATE, json=body) == refused
    assert (await ann.get("me"))["name"] == "Ann"
    missing = coded("error-invalid-user", "Invalid user")
    assert await office.admin.refused("POST", UPDATE, json={"userId": "x", "data": {}}) == missing


async def test_each_kind_of_change_has_its_permission(office: Office) -> None:
    boss, ann = await office.person(username="boss"), await office.person(username="ann")

    async def refused(**data: Any) -> str:
        body = {"userId": ann.user_id, "data": data}
        _, found = await boss.refused("POST", UPDATE, json=body)
        return str(found["error"])

    not_allowed = "is not allowed [error-action-not-allowed]"
    assert await refused(name="X") == f"Editing user {not_allowed}"
    own = {"userId": boss.user_id, "data": {"name": "X"}}
    assert (await boss.refused("POST", UPDATE, json=own))[0] == 400
    await office.grant("edit-other-user-info", "user")
    await boss.post(UPDATE, userId=ann.user_id, data={"name": "X", "roles": ["user"]})
    assert await refused(password="x") == f"Editing user password {not_allowed}"
    assert await refused(setRandomPassword=True) == f"Editing user password {not_allowed}"
    assert await refused(active=False) == "Not allowed [error-not-allowed]"
    assert await refused(roles=["user", "bot"]) == f"Assigning roles {not_allowed}"
    await office.grant("assign-roles", "user")
    await boss.post(UPDATE, userId=ann.user_id, data={"roles": ["user", "bot"]})
    assert await refused(roles=["user", "admin"]) == f"Assigning admin {not_allowed}"

    give = {"username": "ann", "roleId": "guest"}
    for path in (GIVE, TAKE):
        _, found = await boss.refused("POST", path, json=give)
        assert found["error"] == f"Accessing permissions {not_allowed}"
    await office.grant("access-permissions", "user", "admin")
    await boss.post(GIVE, **give)
    for path in (GIVE, TAKE):
        _, found = await boss.refused("POST", path, json={"username": "ann", "roleId": "admin"})
        assert found["error"] == f"Assigning admin {not_allowed}"
    for path in (UPDATE, GIVE, TAKE):
        assert (await office.nobody.refused("POST", path, json={}))[0] == 401


async def test_deactivating_by_update_closes_chats_as_well(office: Office) -> None:
    ann = await office.agent(username="ann")
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    user = await update(office, ann, active=False, name="Gone")
    assert (user["active"], user["name"]) == (False, "Gone")
    assert "open" not in (await office.admin.get("rooms.info", roomId=room))["room"]
    assert (await update(office, ann, active=True))["active"] is True
    whats = {what for what, _ in await entries(office, ann)}
    assert whats == {"user.created", "user.deactivated", "user.updated", "user.activated"}


@pytest.mark.parametrize("way", ["roles", "update"])
async def test_giving_and_taking_the_agents_role(office: Office, way: str) -> None:
    ann = await office.person(username="ann")

    async def change(give: bool) -> None:
        if way == "update":
            await update(office, ann, roles=["user", *(["livechat-agent"] if give else [])])
        else:
            path = GIVE if give else TAKE
            answer = await office.admin.post(path, username="ann", roleId="livechat-agent")
            assert answer["role"]["_id"] == "livechat-agent"

    await change(give=True)
    me = await ann.get("me")
    assert me["roles"] == ["user", "livechat-agent"]
    assert (me["statusLivechat"], me["livechatStatusSystemModified"]) == ("available", False)
    await ann.post("users.setStatus", status="online")
    department = await office.department(ann)
    visitor = await office.visitor(department=department["_id"])
    room = await visitor.room()
    assert room["servedBy"]["username"] == "ann"
    await office.patch("users", ann.user_id, livechat={"maxNumberSimultaneousChat": "3"})
    sql = "SELECT contact_id FROM visitors"
    contact = await office.db.read(lambda q: q.value(sql))
    await office.patch("contacts", contact, contactManager=ann.user_id)

    await change(give=False)
    me = await ann.get("me")
    assert me["roles"] == ["user"]
    assert not {"livechat", "statusLivechat", "livechatStatusSystemModified"} & me.keys()
    (left,) = (await office.admin.get("livechat/department"))["departments"]
    assert left["numAgents"] == 0
    count = "SELECT count(*) FROM department_agents"
    assert await office.db.read(lambda q: q.value(count)) == 0
    managers = "SELECT doc ->> 'contactManager' FROM contacts"
    assert await office.db.read(lambda q: q.value(managers)) is None
    # A chat that runs goes on with whoever serves it.
    after = (await office.admin.get("rooms.info", roomId=room["_id"]))["room"]
    assert (after["open"], after["servedBy"]) == (True, room["servedBy"])
    changes = [(what, data) for what, data in await entries(office, ann) if "role." in what]
    role = {"role": "livechat-agent"}
    assert changes == [("role.given", role), ("role.taken", role)]


async def test_what_the_roles_api_refuses(office: Office) -> None:
    await office.person(username="ann")
    params = 'The required "userId" or "username" param provided does not match any users'
    for path, username, role, error in [
        (GIVE, "ann", "king", "Role not found [error-role-not-found]"),
        (GIVE, "ann", "user", "User already in role [error-user-already-in-role]"),
        (GIVE, "bob", "bot", f"{params} [error-invalid-user]"),
        (GIVE, "ann", "owner", "Roles of this scope are held in a room [error-invalid-room]"),
        (GIVE, "ann", "", "error-invalid-role-properties"),
        (TAKE, "ann", "king", "This role does not exist [error-invalid-roleId]"),
        (TAKE, "ann", "bot", "User is not in this role [error-user-not-in-role]"),
        (TAKE, "bob", "user", "There is no user with this username [error-invalid-user]"),
        (TAKE, "ann", "", "error-invalid-role-properties"),
    ]:
        body = {"username": username, "roleId": role}
        status, found = await office.admin.refused("POST", path, json=body)
        assert (status, found["error"]) == (400, error)
    for path in (GIVE, TAKE):
        _, found = await office.admin.refused("POST", path, json={"roleId": "bot"})
        assert found["error"] == "must have required property 'username'"


async def test_a_new_username_is_the_departments_too(office: Office) -> None:
    ann = await office.agent(username="ann")
    await office.department(ann)
    await update(office, ann, username="zoe")
    sql = "SELECT username FROM department_agents"
    assert await office.db.read(lambda q: q.value(sql)) == "zoe"
