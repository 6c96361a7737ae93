"""Agents and managers: listing, showing, what is said of them, and what taking the role does."""

from typing import Any

from parley.accounts.people_store import fold_people
from tests.departments.staff import check_departments, stored
from tests.office import Client, Json, Office

AGENTS, MANAGERS = "livechat/users/agent", "livechat/users/manager"


async def names(person: Client, path: str = AGENTS, **query: Any) -> list[str]:
    found = await person.get(path, **query)
    assert list(found) == ["users", "count", "offset", "total", "success"]
    assert found["count"] == len(found["users"])
    return [user["username"] for user in found["users"]]


async def test_listing(office: Office) -> None:
    zoe = await office.agent(username="zoe")
    ann = await office.agent(username="ann", online=False)
    bot = await office.agent("bot", username="robot", online=False)
    boss = await office.person("livechat-manager", username="boss")
    await zoe.post("livechat/agent.status", status="not-available")
    data = {"name": "Ánn Ärger"}
    await office.admin.post("users.update", userId=ann.user_id, data=data)
    department = (await office.department(zoe))["_id"]
    assert await names(boss) == ["robot", "zoe", "ann"]
    assert await names(boss, sort='{"username":-1}') == ["zoe", "robot", "ann"]
    assert await names(boss, count=1, offset=1) == ["zoe"]
    for text, found in (("ARG", ["ann"]), ("ZOE@OFF", ["zoe"]), ("o", ["robot", "zoe", "ann"])):
        assert await names(boss, text=text) == found
    assert await names(boss, text="%") == []
    assert await names(boss, onlyAvailable="true") == ["robot", "ann"]
    assert await names(boss, excludeId=zoe.user_id) == ["robot", "ann"]
    assert await names(boss, showIdleAgents="false") == ["robot", "zoe"]
    assert await names(boss, MANAGERS) == ["boss"]
    [one] = (await zoe.get(AGENTS, text="zoe"))["users"]
    assert one == {
        "_id": zoe.user_id,
        "username": "zoe",
        "name": "Zoe",
        "status": "online",
        "statusLivechat": "not-available",
        "emails": [{"address": "zoe@office.example", "verified": False}],
        "departments": [department],
    }
    del one["departments"]
    assert await boss.get(f"{AGENTS}/{zoe.user_id}") == {"user": one, "success": True}
    for path in (f"{MANAGERS}/{zoe.user_id}", f"{AGENTS}/{boss.user_id}", f"{AGENTS}/nobody"):
        assert await boss.get(path) == {"user": None, "success": True}

    person = await office.person()
    unauthorized = (403, {"success": False, "error": "unauthorized"})
    assert await person.refused("GET", AGENTS) == unauthorized
    assert await bot.refused("GET", MANAGERS) == unauthorized
    for method, path in (("GET", f"{AGENTS}/x"), ("DELETE", f"{AGENTS}/x")):
        assert (await bot.refused(method, path))[0] == 403
    invalid = (400, {"success": False, "error": "Invalid type"})
    assert await person.refused("GET", "livechat/users/boss") == invalid
    for method in ("GET", "DELETE"):
        assert await boss.refused(method, "livechat/users/boss/x") == invalid


async def test_people_of_an_earlier_version_are_found_by_their_username(office: Office) -> None:
    """Until `tidy` has been there."""
    await office.agent(username="ann")
    await office.db.act(lambda tx: tx.rows("UPDATE users SET search_key = NULL"))
    assert (await names(office.admin, text="AN"), await names(office.admin, text="@")) == (
        ["ann"],
        [],
    )
    assert await office.db.act(fold_people) > 0
    assert await office.db.act(fold_people) == 0
    assert await names(office.admin, text="@") == ["ann"]


async def test_what_is_said_of_an_agent(office: Office) -> None:
    ann, person = await office.agent(username="ann"), await office.person()
    old, both, new = [(await office.department(*who))["_id"] for who in ([ann], [ann], [])]
    await office.admin.post(
        f"livechat/department/{both}/agents",
        upsert=[{"agentId": ann.user_id, "username": "ann", "count": 5}],
        remove=[],
    )
    body: Json = {
        "agentId": ann.user_id,
        "agentData": {"maxNumberSimultaneousChat": 3, "gone": None},
        "agentDepartments": [both, new, "nowhere"],
    }
    assert await office.admin.post("livechat/agents.saveInfo", **body) == {"success": True}
    shown = (await office.admin.get(f"{AGENTS}/{ann.user_id}"))["user"]
    assert shown["livechat"] == {"maxNumberSimultaneousChat": 3}
    found = (await ann.get(f"livechat/agents/{ann.user_id}/departments"))["departments"]
    # Where she stays, her count stays.
    assert {row["departmentId"]: row["count"] for row in found} == {both: 5, new: 0}
    assert all(row["departmentName"].startswith("Department ") for row in found)
    assert found == sorted(found, key=lambda row: row["departmentName"])
    await check_departments(office)
    counts = {doc["_id"]: doc["numAgents"] for doc in await stored(office, "departments")}
    assert counts == {old: 0, both: 1, new: 1}
    await office.admin.post(f"livechat/department/{both}/archive")
    path = f"livechat/agents/{ann.user_id}/departments"
    found = (await ann.get(path, enabledDepartmentsOnly="true"))["departments"]
    assert [row["departmentId"] for row in found] == [new]
    await office.admin.post("livechat/agents.saveInfo", **body | {"agentData": {}})
    assert (await office.admin.get(f"{AGENTS}/{ann.user_id}"))["user"]["livechat"] == {}
    for change, error in (
        ({"agentId": person.user_id}, "error-user-is-not-agent"),
        ({"agentId": "nobody"}, "error-user-is-not-agent"),
        ({"agentData": {"x": "x" * 10_000}}, "agentData is too long"),
    ):
        _, told = await office.admin.refused("POST", "livechat/agents.saveInfo", json=body | change)
        assert told["error"] == error
    del body["agentDepartments"]
    _, told = await office.admin.refused("POST", "livechat/agents.saveInfo", json=body)
    assert told["error"] == "must have required property 'agentDepartments'"
    assert (await ann.refused("POST", "livechat/agents.saveInfo", json=body))[0] == 403


async def test_taking_the_role(office: Office) -> None:
    """Departments count one less, no contact is theirs, and the chat that they serve stays."""
    ann = await office.agent("livechat-manager", username="ann")
    department = (await office.department(ann))["_id"]
    visitor = await office.visitor(department=department, name="Maria")
    room = await visitor.room()
    contact = room["contactId"]
    change = {"contactId": contact, "contactManager": ann.user_id}
    await office.admin.post("omnichannel/contacts.update", **change)
    for _ in range(2):  # the second takes nothing
        answer = await office.admin.call("DELETE", f"{AGENTS}/{ann.user_id}")
        assert answer.json() == {"success": True}
    me = await ann.get("me")
    assert me["roles"] == ["user", "livechat-manager"]
    assert me.keys().isdisjoint({"statusLivechat", "livechat", "openBusinessHours"})
    await check_departments(office)
    found = (await office.admin.get(f"livechat/department/{department}"))["department"]
    assert found["numAgents"] == 0
    got = await office.admin.get("omnichannel/contacts.get", contactId=contact)
    assert "contactManager" not in got["contact"]
    seen = (await office.admin.get("rooms.info", roomId=room["_id"]))["room"]
    assert (seen["open"], seen["servedBy"]["_id"]) == (True, ann.user_id)
    await office.admin.call("DELETE", f"{MANAGERS}/{ann.user_id}")
    assert (await ann.get("me"))["roles"] == ["user"]
    status, told = await office.admin.refused("DELETE", f"{AGENTS}/nobody")
    assert (status, told) == (400, {"success": False, "error": "error-invalid-user"})
    notes = (await office.admin.get("audit.events", t="role.taken"))["events"]
    assert [note["data"]["role"] for note in notes] == ["livechat-manager", "livechat-agent"]


async def test_a_login_brings_back_whom_the_system_made_unavailable(office: Office) -> None:
    """Only who chose to be there, and did not choose to be unavailable."""
    ann = await office.agent(username="ann")

    async def after_login(**stored: Any) -> str:
        before = {"statusLivechat": "not-available", "statusDefault": "online"}
        modified = {"livechatStatusSystemModified": True}
        await office.patch("users", ann.user_id, **before | modified | stored)
        again = await office.login("ann", ann.password)
        status: str = (await again.get("me"))["statusLivechat"]
        return status

    assert await after_login() == "available"
    assert await after_login(livechatStatusSystemModified=False) == "not-available"
    assert await after_login(statusDefault="offline") == "not-available"
    assert await after_login(roles=["user", "livechat-agent", "bot"]) == "not-available"
    await office.setting("Livechat_enable_business_hours", True)
    assert await after_login(roles=["user", "livechat-agent"]) == "not-available"
