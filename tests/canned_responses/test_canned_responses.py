"""Who may use, list, save and remove which canned responses."""

from typing import Any

import pytest

from parley.canned_responses import saving
from tests.office import Client, Json, Office

PATH, LISTED = "canned-responses", "cannedResponses"


def text_of(shortcut: str, scope: str = "user", **more: Any) -> Json:
    return {"shortcut": shortcut, "text": f"Text of {shortcut}", "scope": scope, **more}


async def save(who: Client, shortcut: str, scope: str = "user", **more: Any) -> Json:
    """As it is listed afterwards."""
    await who.post(PATH, **text_of(shortcut, scope, **more))
    found: list[Json] = (await who.get(PATH, shortcut=shortcut))[LISTED]
    [one] = [each for each in found if each["shortcut"] == shortcut]
    return one


async def usable(who: Client) -> list[str]:
    return [each["shortcut"] for each in (await who.get(f"{PATH}.get"))["responses"]]


async def listed(who: Client, **query: Any) -> list[str]:
    found = await who.get(PATH, **query)
    names = [each["shortcut"] for each in found[LISTED]]
    assert found["count"] == len(names)
    return names


async def test_one_is_made_changed_and_removed(office: Office) -> None:
    admin, anna = office.admin, await office.agent(username="anna")
    department = (await office.department(anna))["_id"]
    made = await save(anna, "hi", tags=["a", "b", "a"], text="Hi {{contact.name}}! <b>")
    assert made == {
        "_id": made["_id"],
        "createdBy": {"_id": anna.user_id, "username": "anna"},
        "_createdAt": made["_createdAt"],
        "shortcut": "hi",
        "text": "Hi {{contact.name}}! <b>",
        "scope": "user",
        "userId": anna.user_id,
        "tags": ["a", "b"],
        "_updatedAt": made["_updatedAt"],
    }
    path = f"{PATH}/{made['_id']}"
    assert (await anna.get(path))["cannedResponse"] == made
    # An admin gives it to a department, and then takes it for their own.
    change = text_of("hi2", "department", _id=made["_id"], departmentId=department)
    await admin.post(PATH, **change)
    moved = (await anna.get(path))["cannedResponse"]
    assert (moved["departmentId"], moved["tags"]) == (department, ["a", "b"])
    assert moved["createdBy"] == made["createdBy"] and "userId" not in moved
    assert (await anna.refused("POST", PATH, json=change))[0] == 403
    await admin.post(PATH, **text_of("hi", _id=made["_id"], tags=[]))
    back = (await admin.get(path))["cannedResponse"]
    assert (back["userId"], back["tags"]) == (office.admin.user_id, [])
    acts = (await admin.get("audit.events", target=made["_id"]))["events"]
    assert [act["t"].partition(".")[2] for act in acts] == ["updated", "updated", "created"]
    await admin.delete(path)
    assert await admin.refused("GET", path) == (
        404,
        {"success": False, "error": "Canned response not found"},
    )
    status, answer = await admin.refused("DELETE", PATH, json={"_id": made["_id"]})
    assert (status, answer["errorType"]) == (400, "error-canned-response-not-found")


async def test_who_uses_and_lists_what(office: Office) -> None:
    anna, ben = await office.agent(), await office.agent()
    lead = await office.agent("livechat-manager")
    mine, other = [(await office.department(who))["_id"] for who in (anna, ben)]
    off = (await office.department(anna, enabled=False))["_id"]
    await save(anna, "anna's")
    await save(ben, "ben's")
    await save(lead, "all", "global")
    for name, key in (("mine", mine), ("other", other), ("off", off)):
        await save(lead, name, "department", departmentId=key)
    assert await usable(anna) == await listed(anna) == ["all", "anna's", "mine"]
    assert await usable(ben) == ["all", "ben's", "other"]
    assert await usable(lead) == ["all"]
    everything = ["all", "anna's", "ben's", "mine", "off", "other"]
    assert await listed(lead) == everything
    hidden = (await lead.get(PATH, shortcut="ben"))[LISTED][0]["_id"]
    for path in (f"{PATH}/{hidden}", f"{PATH}/nobody's"):
        assert (await anna.refused("GET", path))[0] == 404
    # Other people's own ask for one permission more.
    await office.grant("view-agent-canned-responses", "admin")
    assert await listed(lead) == ["all", "mine", "off", "other"]
    assert (await lead.refused("GET", f"{PATH}/{hidden}"))[0] == 404
    assert await listed(office.admin) == everything
    await office.grant("view-canned-responses", "admin")
    for path in (PATH, f"{PATH}.get", f"{PATH}/{hidden}"):
        assert (await anna.refused("GET", path))[0] == 403


async def test_the_list_is_filtered_and_sorted(office: Office) -> None:
    admin, anna = office.admin, await office.agent()
    key = (await office.department(anna))["_id"]
    await save(anna, "zero", text="50% off_", tags=["x,y", 'q"'])
    await save(admin, "Éclair", "global", text="sweet", tags=["y"])
    await save(admin, "dep", "department", departmentId=key, text="éclair too")
    table: list[tuple[Json, list[str]]] = [
        ({"scope": "user"}, ["zero"]),
        ({"departmentId": key}, ["dep"]),
        ({"departmentId": "public"}, []),
        ({"text": "ECLAIR"}, ["dep", "Éclair"]),
        ({"text": "% off_"}, ["zero"]),
        ({"shortcut": "eclair"}, ["Éclair"]),
        ({"tags[]": ["y", "none"]}, ["Éclair"]),
        ({"tags": 'q"'}, ["zero"]),
        ({"tags": "x"}, []),
        ({"createdBy": anna.user_id}, ["zero"]),
        ({"createdBy": anna.user_id, "scope": "global"}, []),
        ({"sort": '{"scope":-1}'}, ["zero", "Éclair", "dep"]),
        ({"sort": '{"_createdAt":-1}', "count": 1, "offset": 1}, ["Éclair"]),
    ]
    for query, names in table:
        assert await listed(admin, **query) == names, query
    assert (await admin.refused("GET", PATH, params={"scope": "hi"}))[0] == 400
    assert (await admin.refused("GET", PATH, params={"sort": '{"doc":1}'}))[0] == 400


async def test_what_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, anna, ben = office.admin, await office.agent(), await office.agent()
    key = (await office.department(anna))["_id"]
    taken = await save(ben, "taken")
    public = await save(admin, "public", "global")
    invalid, forbidden = "invalid-params", None
    table: list[tuple[Client, Json, int, str | None]] = [
        (anna, {"shortcut": "x", "text": "x"}, 400, invalid),
        (anna, text_of("x") | {"scope": "hi"}, 400, invalid),
        (anna, text_of("s" * 256), 400, invalid),
        (anna, text_of("x", text="t" * 5001), 400, invalid),
        (anna, text_of("x", tags=[""]), 400, invalid),
        (anna, text_of("  "), 400, "error-invalid-shortcut"),
        (anna, text_of(" taken "), 400, "error-invalid-shortcut"),
        (anna, text_of("x", _id="none"), 400, "error-canned-response-not-found"),
        (anna, text_of("x", _id=taken["_id"]), 403, forbidden),
        (anna, text_of("x", "global"), 403, forbidden),
        (anna, text_of("x", "department", departmentId=key), 403, forbidden),
        (admin, text_of("x", "department"), 400, invalid),
        (admin, text_of("x", "department", departmentId="none"), 400, "error-invalid-department"),
        (
            admin,
            text_of("x", "department", departmentId="public", _id=public["_id"]),
            400,
            "error-invalid-department",
        ),
    ]
    for who, body, status, code in table:
        answer = await who.refused("POST", PATH, json=body)
        assert (answer[0], answer[1].get("errorType")) == (status, code), body
    _, said = await anna.refused("POST", PATH, json=text_of("taken"))
    assert said["error"] == "Shortcut provided already exists [error-invalid-shortcut]"
    assert said["details"] == {"method": "saveCannedResponse"}
    monkeypatch.setattr(saving, "MOST", 1)
    assert (await ben.refused("POST", PATH, json=text_of("more")))[0] == 400
    await ben.post(PATH, **text_of("taken", _id=taken["_id"], text="new"))
    for path, more in ((f"{PATH}/{taken['_id']}", {}), (PATH, {"json": {"_id": taken["_id"]}})):
        assert (await anna.refused("DELETE", path, **more))[0] == 403
    assert await listed(admin) == ["public", "taken"]
    assert await usable(ben) == ["public", "taken"]


async def test_a_department_s_are_saved_by_who_works_there_with_permission(office: Office) -> None:
    anna = await office.agent()
    key, other = [(await office.department(*who))["_id"] for who in ((anna,), ())]
    await office.grant("save-department-canned-responses", "livechat-agent")
    made = await save(anna, "ours", "department", departmentId=key)
    theirs = text_of("theirs", "department", departmentId=other)
    assert (await anna.refused("POST", PATH, json=theirs))[0] == 403
    moved = text_of("ours", "department", departmentId=other, _id=made["_id"])
    assert (await anna.refused("POST", PATH, json=moved))[0] == 403
    assert (await anna.refused("POST", PATH, json=text_of("ours", "global", _id=made["_id"])))[
        0
    ] == 403
    await anna.call("DELETE", PATH, json={"_id": made["_id"]})
    assert await listed(office.admin) == []


async def test_they_are_switched_off_and_stay(office: Office) -> None:
    made = await save(office.admin, "there", "global")
    await office.setting("Canned_Responses_Enable", False)
    calls: list[tuple[str, str, Json]] = [
        ("GET", PATH, {}),
        ("GET", f"{PATH}.get", {}),
        ("GET", f"{PATH}/{made['_id']}", {}),
        ("POST", PATH, {"json": text_of("x")}),
        ("DELETE", PATH, {"json": {"_id": made["_id"]}}),
        ("DELETE", f"{PATH}/{made['_id']}", {}),
    ]
    for method, path, more in calls:
        status, answer = await office.admin.refused(method, path, **more)
        assert (status, answer["errorType"]) == (400, "error-canned-responses-disabled")
    await office.setting("Canned_Responses_Enable", True)
    assert await usable(office.admin) == ["there"]


async def test_who_is_deleted_takes_their_own_along(office: Office) -> None:
    anna = await office.agent("livechat-manager")
    await save(anna, "own")
    public = await save(anna, "public", "global")
    await office.admin.post("users.delete", userId=anna.user_id)
    assert await listed(office.admin) == ["public"]
    assert (await office.admin.get(f"{PATH}/{public['_id']}"))["cannedResponse"] == public
