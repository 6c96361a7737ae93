"""Business units: who oversees what, through departments, rooms and history; a change at once."""

from typing import Any

from tests.office import Client, Json, Office

UNITS, DEPARTMENTS = "livechat/units", "livechat/department"
NO_UNIT = {
    "success": False,
    "error": "Invalid department unit id provided [error-invalid-department-unit]",
    "errorType": "error-invalid-department-unit",
}


async def monitor_of(office: Office, *roles: str) -> Client:
    monitor = await office.person(*roles)
    name = (await monitor.get("me"))["username"]
    made = await office.admin.post("livechat/monitors.create", username=name)
    assert (made["_id"], made["roles"][-1]) == (monitor.user_id, "livechat-monitor")
    return monitor


def unit(name: str, monitors: list[Client], departments: list[str]) -> Json:
    return {
        "unitData": {"name": name, "visibility": "private"},
        "unitMonitors": [{"monitorId": each.user_id, "username": "?"} for each in monitors],
        "unitDepartments": [{"departmentId": each} for each in departments],
    }


async def department_names(person: Client, **query: Any) -> list[str]:
    return [d["name"] for d in (await person.get(DEPARTMENTS, **query))["departments"]]


async def saved(office: Office, department: Json, unit: Json | None) -> Json:
    keys = ("name", "email", "enabled", "showOnRegistration", "showOnOfflineForm")
    body: Json = {"department": {key: department[key] for key in keys}}
    if unit is not None:
        body["departmentUnit"] = unit
    response = await office.admin.call("PUT", f"{DEPARTMENTS}/{department['_id']}", json=body)
    answer: Json = response.json()
    return answer


async def test_a_unit_and_what_is_in_it(office: Office) -> None:
    admin, anna = office.admin, await office.agent()
    ben, carl = await monitor_of(office), await monitor_of(office)
    sales, support, other = [
        (await office.department(anna, name=name))["_id"] for name in ("Sales", "Support", "X")
    ]
    made = await admin.post(UNITS, **unit(" North ", [ben, carl, ben], [sales, support, sales]))
    key = made.pop("_id")
    assert made == {
        "name": "North",
        "visibility": "private",
        "type": "u",
        "numMonitors": 2,
        "numDepartments": 2,
        "_updatedAt": made["_updatedAt"],
        "success": True,
    }
    assert (await admin.get(f"{UNITS}/{key}")) == made | {"_id": key}
    await admin.post(UNITS, **unit("South", [], []))
    listed = await admin.get(UNITS, text="nor", count=1)
    assert [(u["name"], u["numDepartments"]) for u in listed["units"]] == [("North", 2)]
    assert (await admin.get(UNITS))["total"] == 2
    monitors = (await admin.get(f"{UNITS}/{key}/monitors"))["monitors"]
    names = {each.user_id: (await each.get("me"))["username"] for each in (ben, carl)}
    by_username = sorted(names.items(), key=lambda each: each[1])
    assert [(m["monitorId"], m["username"]) for m in monitors] == by_username
    inside = await admin.get(f"{UNITS}/{key}/departments")
    assert ([d["name"] for d in inside["departments"]], inside["total"]) == (
        ["Sales", "Support"],
        2,
    )
    [first, _] = inside["departments"]
    assert (first["parentId"], first["ancestors"]) == (key, [key])
    free = await admin.get(f"{UNITS}/{key}/departments/available", text="")
    assert [d["name"] for d in free["departments"]] == ["Sales", "Support", "X"]
    visitor = await office.visitor(department=sales)
    assert (await visitor.room())["departmentAncestors"] == [key]

    changed = await admin.post(f"{UNITS}/{key}", **unit("Nord", [carl], [support, other]))
    assert (changed["name"], changed["numMonitors"], changed["numDepartments"]) == ("Nord", 1, 2)
    assert "parentId" not in (await admin.get(f"{DEPARTMENTS}/{sales}"))["department"]
    taken = await admin.refused("POST", UNITS, json=unit("W", [], [sales, other]))
    assert taken[1]["errorType"] == "error-department-in-another-unit"
    for wrong, said in (
        (unit("W", [anna], []), "error-invalid-monitor"),
        (unit("W", [], ["none"]), "error-department-not-found"),
    ):
        assert (await admin.refused("POST", UNITS, json=wrong))[1]["errorType"] == said
    assert (await admin.get(UNITS))["total"] == 2
    broken = unit("W", [], []) | {"unitData": {"name": "W", "visibility": "secret"}}
    assert (await admin.refused("POST", UNITS, json=broken))[1]["error"].startswith("Match error")
    for method in ("GET", "DELETE"):
        assert (await admin.refused(method, f"{UNITS}/none"))[0] == 404
    assert (await ben.refused("GET", UNITS))[0] == 403

    await admin.delete(f"{UNITS}/{key}")
    assert "ancestors" not in (await admin.get(f"{DEPARTMENTS}/{support}"))["department"]
    assert await department_names(carl) == []
    noted = (await admin.get("audit.events", target=key))["events"]
    assert {event["t"] for event in noted} == {"unit.created", "unit.updated", "unit.deleted"}


async def test_a_department_says_which_unit_it_is_in(office: Office) -> None:
    one, two = await office.department(), await office.department()
    first, second = [
        (await office.admin.post(UNITS, **unit(name, [], [])))["_id"] for name in ("A", "B")
    ]
    assert (await saved(office, one, {"_id": first}))["department"]["parentId"] == first
    last = await saved(office, one, {})
    assert last["errorType"] == "error-unit-cant-be-empty"
    assert await saved(office, one, {"_id": second}) == last
    assert (await saved(office, two, {"_id": first}))["department"]["ancestors"] == [first]
    assert (await saved(office, two, None))["department"]["parentId"] == first
    assert (await saved(office, one, {"_id": second}))["department"]["parentId"] == second
    assert await saved(office, one, {"_id": "none"}) == NO_UNIT
    assert await saved(office, one, {"_id": 5}) == NO_UNIT
    assert await saved(office, two, {"_id": second}) == last
    three = await office.department()
    await saved(office, three, {"_id": second})
    assert "parentId" not in (await saved(office, three, {}))["department"]
    noted, *_ = (await office.admin.get("audit.events", target=three["_id"]))["events"]
    assert noted["data"]["changed"] == ["parentId"]


async def test_a_monitor_sees_their_units_and_a_change_counts_at_once(office: Office) -> None:
    anna, monitor = await office.agent(), await monitor_of(office)
    both = await monitor_of(office, "livechat-agent")
    sales = await office.department(anna, name="Sales")
    other = await office.department(anna, name="Other")
    visitors = [
        await office.visitor(department=sales["_id"]),
        await office.visitor(department=other["_id"]),
        await office.visitor(),
    ]
    rooms = [(await visitor.room())["_id"] for visitor in visitors]
    await visitors[1].close(rooms[1])

    async def seen(person: Client) -> list[bool]:
        answers = [
            (await person.call("GET", "rooms.info", params={"roomId": room})).status_code == 200
            for room in rooms
        ]
        listed = {room["_id"] for room in (await person.get("livechat/rooms"))["rooms"]}
        assert listed == {room for room, yes in zip(rooms, answers, strict=True) if yes}
        return answers

    assert await seen(monitor) == [False, False, False]
    key = (await office.admin.post(UNITS, **unit("U", [monitor, both], [sales["_id"]])))["_id"]
    assert await seen(monitor) == [True, False, False]
    # An agent loses nothing by being a monitor too: an agent sees every closed room by default.
    assert await seen(both) == [True, True, False]
    assert await department_names(monitor) == ["Sales"]
    assert await department_names(both) == ["Other", "Sales"]
    assert (await monitor.get(f"{DEPARTMENTS}/{other['_id']}"))["department"] is None
    assert (await monitor.get(f"{DEPARTMENTS}/{other['_id']}/agents"))["total"] == 0
    assert (await monitor.get(f"livechat/departments.by-unit/{key}"))["total"] == 1
    of_none = (await office.admin.get("livechat/departments.by-unit/"))["departments"]
    assert [each["_id"] for each in of_none] == [other["_id"]]
    found = await monitor.get(f"{DEPARTMENTS}.autocomplete", selector='{"term":""}')
    assert [each["name"] for each in found["items"]] == ["Sales"]
    ids = {"ids[]": [sales["_id"], other["_id"]]}
    by_ids = (await monitor.get(f"{DEPARTMENTS}.listByIds", **ids))["departments"]
    assert [each["name"] for each in by_ids] == ["Sales"]
    loads = (await monitor.get("livechat/queue"))["queue"]
    assert [each["department"]["name"] for each in loads] == ["Sales"]

    # What they may do as a monitor they may do there.
    for path in (f"{DEPARTMENTS}/{other['_id']}/archive", f"{DEPARTMENTS}/archive/{other['_id']}"):
        _, refused = await monitor.refused("POST", path)
        assert refused["errorType"] == "error-department-not-found"
    moved: Json = {"agentId": anna.user_id, "agentData": {}, "agentDepartments": [sales["_id"]]}
    _, refused = await monitor.refused("POST", "livechat/agents.saveInfo", json=moved)
    assert refused["errorType"] == "error-department-not-found"
    moved["agentDepartments"].append(other["_id"])
    await monitor.post("livechat/agents.saveInfo", **moved)
    closing = {"rid": rooms[2], "comment": "x"}
    assert (await monitor.refused("POST", "livechat/room.closeByUser", json=closing))[1] == {
        "success": False,
        "error": "error-not-authorized",
    }
    fields = {"name": "New", "email": "a@b.example", "enabled": True}
    fields |= {"showOnRegistration": False, "showOnOfflineForm": False}
    new: Json = {"department": fields}
    assert (await monitor.refused("POST", DEPARTMENTS, json=new))[1] == NO_UNIT
    made = await monitor.post(DEPARTMENTS, **new, departmentUnit={"_id": key})
    assert made["department"]["parentId"] == key
    name = (await monitor.get("me"))["username"]
    for role in ("agent", "manager"):
        body = {"username": name}
        assert (await monitor.refused("POST", f"livechat/users/{role}", json=body))[0] == 403

    history = f"livechat/visitors.chatHistory/room/{rooms[1]}/visitor/{visitors[1].id}"
    assert (await monitor.refused("GET", history))[1]["error"] == "error-not-allowed"
    both_departments = [sales["_id"], other["_id"], made["department"]["_id"]]
    await office.admin.post(f"{UNITS}/{key}", **unit("U", [monitor], both_departments))
    assert (await monitor.get(history))["total"] == 1
    assert await seen(monitor) == [True, True, False]
    await monitor.post("livechat/room.closeByUser", rid=rooms[0], comment="x")
    await office.admin.post("livechat/monitors.delete", username=name)
    await office.admin.post("livechat/monitors.create", username=name)
    assert await seen(monitor) == [False, False, False]
    assert (await office.admin.get(f"{UNITS}/{key}"))["numMonitors"] == 0


async def test_who_waits_is_shown_to_who_oversees_them(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    monitor, anna = await monitor_of(office), await office.agent()
    mine, other = await office.department(anna), await office.department(anna)
    await office.admin.post(UNITS, **unit("U", [monitor], [mine["_id"]]))
    visitors = [
        await office.visitor(department=mine["_id"]),
        await office.visitor(department=other["_id"]),
        await office.visitor(),
    ]
    rooms = [(await visitor.room())["_id"] for visitor in visitors]
    listed = (await monitor.get("livechat/inquiries.list"))["inquiries"]
    assert [each["rid"] for each in listed] == rooms[:1]
    waits = await monitor.get("livechat/queue.waiting")
    assert [each["department"]["_id"] for each in waits["departments"]] == [mine["_id"]]
    assert (await monitor.get("livechat/inquiries.queuedForUser"))["total"] == 0
    for room in rooms[1:]:
        found = await monitor.get("livechat/inquiries.getOne", roomId=room)
        assert found["inquiry"] is None
    inquiry = (await anna.get("livechat/inquiries.getOne", roomId=rooms[2]))["inquiry"]
    take = {"inquiryId": inquiry["_id"], "userId": anna.user_id}
    _, refused = await monitor.refused("POST", "livechat/inquiries.take", json=take)
    assert refused["errorType"] == "error-not-found"


async def test_monitors_are_listed_shown_made_and_unmade(office: Office) -> None:
    admin = office.admin
    person = await office.person(username="carla")
    assert (await admin.get("livechat/monitors", text=""))["total"] == 0
    assert (await admin.refused("GET", "livechat/monitors/carla"))[0] == 404
    assert (await admin.refused("GET", "livechat/monitors"))[0] == 400
    for _ in range(2):
        made = await admin.post("livechat/monitors.create", username="carla")
        assert made["roles"] == ["user", "livechat-monitor"]
    [listed] = (await admin.get("livechat/monitors", text="CARL"))["monitors"]
    assert (listed["_id"], listed["username"]) == (person.user_id, "carla")
    shown = await admin.get("livechat/monitors/carla")
    assert shown == listed | {"success": True}
    for path in ("create", "delete"):
        nobody = {"username": "nobody"}
        answer = await admin.refused("POST", f"livechat/monitors.{path}", json=nobody)
        assert answer == (400, {"success": False, "error": "error-invalid-user"})
    assert await admin.post("livechat/monitors.delete", username="carla") == {"success": True}
    assert (await admin.get("livechat/monitors", text="carla"))["monitors"] == []
