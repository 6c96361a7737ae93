"""Tags, their departments, and the conversations that have them."""

from typing import Any

import pytest

from parley.conversations.remove_department import KIND, clear_department
from parley.tags import saving, store
from tests.office import Client, Json, Office

PATH = "livechat/tags"


async def save(office: Office, name: str, *departments: str, **more: Any) -> Json:
    body: Json = {"tagData": {"name": name}} | more
    if departments:
        body["tagDepartments"] = list(departments)
    answer = await office.admin.post(f"{PATH}.save", **body)
    return {key: value for key, value in answer.items() if key != "success"}


async def names(who: Client, **query: Any) -> list[str]:
    found = await who.get(PATH, **query)
    assert found["count"] == len(found["tags"])
    return [tag["name"] for tag in found["tags"]]


async def test_a_tag_is_made_listed_changed_and_deleted(office: Office) -> None:
    agent = await office.agent()
    one, two = [(await office.department(agent))["_id"] for _ in range(2)]
    tag = await save(office, " Vip ", one, two, one, tagData={"name": " Vip ", "description": "d"})
    assert tag == {
        "_id": tag["_id"],
        "_createdAt": tag["_createdAt"],
        "name": "Vip",
        "numDepartments": 2,
        "departments": [one, two],
        "description": "d",
        "_updatedAt": tag["_updatedAt"],
    }
    await save(office, "general")
    await save(office, "Única", two)
    assert (await agent.get(f"{PATH}/{tag['_id']}")) == tag | {"success": True}
    table: list[tuple[Json, list[str]]] = [
        ({}, ["general"]),
        ({"text": ""}, ["general"]),
        ({"department": one}, ["Vip", "general"]),
        ({"department": two, "text": "UNI"}, ["Única"]),
        ({"viewAll": "true"}, ["Vip", "general", "Única"]),
        ({"viewAll": "false", "department": "none"}, ["general"]),
        ({"viewAll": "true", "sort": '{"numDepartments":-1}'}, ["Vip", "Única", "general"]),
        ({"viewAll": "true", "sort": '{"_createdAt":1}', "count": 1}, ["Vip"]),
    ]
    for query, expected in table:
        assert await names(agent, **query) == expected, query
    changed = await save(office, "vip", _id=tag["_id"])
    assert (changed["departments"], changed["numDepartments"], changed["description"]) == (
        [],
        0,
        "d",
    )
    assert await names(agent) == ["general", "vip"]
    await office.admin.post(f"{PATH}.delete", id=tag["_id"])
    assert await agent.refused("GET", f"{PATH}/{tag['_id']}") == (
        404,
        {"success": False, "error": "Tag not found"},
    )
    acts = (await office.admin.get("audit.events", target=tag["_id"]))["events"]
    assert [act["t"] for act in acts] == ["tag.deleted", "tag.updated", "tag.created"]


async def test_what_is_no_tag(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = await office.agent()
    gone = (400, {"success": False, "error": "Tag not found"})
    assert await office.admin.refused("POST", f"{PATH}.delete", json={"id": "none"}) == gone
    body = {"tagData": {"name": "x"}, "_id": "none"}
    assert await office.admin.refused("POST", f"{PATH}.save", json=body) == gone
    table: list[tuple[Json, str, str]] = [
        ({}, "invalid-params", "must have required property 'tagData'"),
        ({"tagData": {"name": ""}}, "invalid-params", "must NOT have fewer than 1 characters"),
        ({"tagData": {"name": " "}}, "error-invalid-tag-name", "not blank"),
        ({"tagDepartments": []}, "invalid-params", "must NOT have fewer than 1 items"),
        ({"tagDepartments": ["none"]}, "error-invalid-department", "Invalid department"),
    ]
    for more, code, text in table:
        sent = more if not more else {"tagData": {"name": "x"}} | more
        status, answer = await office.admin.refused("POST", f"{PATH}.save", json=sent)
        assert (status, answer["errorType"]) == (400, code) and text in answer["error"], sent
    assert (await agent.refused("POST", f"{PATH}.save", json={"tagData": {"name": "x"}}))[0] == 403
    monkeypatch.setattr(saving, "MOST", 0)
    status, answer = await office.admin.refused(
        "POST", f"{PATH}.save", json={"tagData": {"name": "x"}}
    )
    assert (status, "at most" in answer["error"]) == (400, True)
    assert await names(office.admin, viewAll="true") == []


async def test_a_conversation_keeps_the_tags_it_was_closed_with(office: Office) -> None:
    agent = await office.agent()
    tag = await save(office, "refund")
    asks = {"requestTagBeforeClosingChat": True, "chatClosingTags": ["closed"]}
    department = await office.department(agent, **asks)
    visitor = await office.visitor(department=department["_id"])
    rid = (await visitor.room())["_id"]
    close = {"rid": rid, "comment": "done"}
    needed = "error-tags-must-be-assigned-before-closing-chat"
    nothing: list[Json] = [{}, {"tags": []}, {"tags": [" "]}]
    for none in nothing:
        answer = await agent.refused("POST", "livechat/room.closeByUser", json=close | none)
        assert answer == (400, {"success": False, "error": needed})
    await agent.post("livechat/room.closeByUser", **close, tags=[tag["name"], " "])
    await office.admin.post(f"{PATH}.delete", id=tag["_id"])
    [room] = (await office.admin.get("livechat/rooms", **{"tags[]": "refund"}))["rooms"]
    assert (room["_id"], room["tags"]) == (rid, ["refund", "closed"])


async def test_a_removed_department_leaves_its_tags(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BATCH", 2)
    agent = await office.agent()
    kept, gone = [(await office.department(agent))["_id"] for _ in range(2)]
    for n in range(5):
        await save(office, f"tag{n}", gone, *([kept] if n == 4 else []))
    for n in range(3):
        text = {"shortcut": f"s{n}", "text": "t", "scope": "department", "departmentId": gone}
        await office.admin.post("canned-responses", **text)
    await office.setting("Omnichannel_enable_department_removal", True)
    await office.admin.delete(f"livechat/department/{gone}")
    jobs = (await office.admin.get("jobs.list", kind=KIND))["jobs"]
    assert len(jobs) == 2
    await clear_department(office.db, {"department": gone})
    assert await names(office.admin, department=kept) == [f"tag{n}" for n in range(5)]
    assert await names(office.admin, department=gone) == [f"tag{n}" for n in range(4)]
    assert (await office.admin.get("canned-responses"))["total"] == 0
