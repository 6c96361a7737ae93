"""Changing departments and who works in them: rules in their order, and what follows."""

from itertools import product
from random import Random
from typing import Any

from tests.departments.staff import check_departments, events, stored
from tests.office import CallFailed, Client, Json, Office

PATH = "livechat/department"
SENT: Json = {
    "name": "Sales",
    "email": "sales@office.example",
    "enabled": True,
    "showOnRegistration": True,
    "showOnOfflineForm": False,
}


async def put(person: Client, key: str, *agents: Json, **fields: Any) -> Json:
    sent = {"department": SENT | fields, "agents": list(agents)}
    response = await person.call("PUT", f"{PATH}/{key}", json=sent)
    if response.status_code != 200:
        raise CallFailed(response.text)
    answer: Json = response.json()
    return answer


async def test_the_first_rule_that_is_broken_is_told(office: Office) -> None:
    """Every set of broken rules, of a department that is there and of one that is not."""
    live, shelved = [(await office.department())["_id"] for _ in range(2)]
    await office.admin.post(f"{PATH}/{shelved}/archive")
    before = await stored(office, "departments")
    faults = product((False, True), (False, True), (False, True), (live, shelved, "nowhere"))
    for (unit, shape, tags, key), fallback in product(faults, ("", "itself", "unknown")):
        department = dict(SENT)
        broken = []
        if unit:
            broken.append("error-invalid-department-unit")
        if key == shelved:
            broken.append("error-archived-department-cant-be-enabled")
        if shape:
            department["email"] = 5
            broken.append("Match error: Expected string, got number in field email")
        if tags:
            department |= {"requestTagBeforeClosingChat": True, "chatClosingTags": []}
            broken.append("error-validating-department-chat-closing-tags")
        if key == "nowhere":
            broken.append("error-department-not-found")
        if fallback == "itself":
            department["fallbackForwardDepartment"] = key
            broken.append("error-fallback-department-circular")
        elif fallback:
            department["fallbackForwardDepartment"] = "unknown"
            broken.append("error-fallback-department-not-found")
        if not broken:
            continue
        body = {"department": department} | ({"departmentUnit": {"_id": 5}} if unit else {})
        status, told = await office.admin.refused("PUT", f"{PATH}/{key}", json=body)
        assert (status, told.get("errorType", told["error"])) == (400, broken[0]), body
    assert await stored(office, "departments") == before


async def test_what_a_shape_may_not_be(office: Office) -> None:
    key = (await office.department())["_id"]
    cases: list[tuple[Json, str]] = [
        ({"enabled": "yes"}, "Expected boolean, got string in field enabled"),
        ({"enabled": None}, "Expected boolean, got null in field enabled"),
        ({"chatClosingTags": "a"}, 'Expected array, got "a" in field chatClosingTags'),
        ({"more": 1.5}, "Expected string, number or boolean in field more"),
        ({"more": 2**31}, "Expected string, number or boolean in field more"),
        ({"more": {}}, "Expected string, number or boolean in field more"),
        ({"name": ""}, "Failed Match.Where validation in field name"),
        ({"more": "x" * 50_000}, "Failed Match.Where validation in field department"),
    ]
    for fields, error in cases:
        answer = await office.admin.refused(
            "PUT", f"{PATH}/{key}", json={"department": SENT | fields}
        )
        assert answer == (400, {"success": False, "error": f"Match error: {error}"}), fields
    short = {field: value for field, value in SENT.items() if field != "email"}
    for body, error in (
        ({}, "Missing key 'department'"),
        ({"department": 5}, "Expected object, got number in field department"),
        ({"department": SENT, "agents": [{}]}, "Missing key 'agentId' in field agents[0]"),
        ({"department": SENT, "x": 1}, "Unknown key in field x"),
        ({"department": short}, "Missing key 'email'"),
    ):
        _, told = await office.admin.refused("PUT", f"{PATH}/{key}", json=body)
        assert told["error"] == f"Match error: {error}"


async def test_a_change_merges_and_reaches_who_works_there(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    other = await office.department()
    made = await office.department(ann, description="old", colour="red")
    key = made["_id"]
    # Her turn was taken.
    room = await (await office.visitor(department=key)).room()
    assert room["servedBy"]["username"] == "ann"
    answer = await put(
        office.admin,
        key,
        {"agentId": ben.user_id, "count": "7", "order": "?", "username": "x"},
        {"agentId": "nobody"},
        enabled=False,
        description=None,
        fallbackForwardDepartment=other["_id"],
        _id="mine",
        numAgents=9,
        archived=True,
    )
    changed = answer["department"]
    kept = {"_id": key, "colour": "red", "numAgents": 2, "_updatedAt": changed["_updatedAt"]}
    assert changed == SENT | kept | {
        "enabled": False,
        "fallbackForwardDepartment": other["_id"],
    }
    rows = [
        (r["username"], r["count"], r["order"], r["departmentEnabled"]) for r in answer["agents"]
    ]
    assert rows == [("ann", 1, 0, False), ("ben", 7, 0, False)]
    # Saved again she starts anew, and an enabled department enables all.
    again = await put(office.admin, key, {"agentId": ann.user_id})
    assert again["department"]["fallbackForwardDepartment"] == other["_id"]
    rows = [
        (r["username"], r["count"], r["order"], r["departmentEnabled"]) for r in again["agents"]
    ]
    assert rows == [("ann", 0, 0, True), ("ben", 7, 0, True)]
    told = [(s, d["action"]) for s, d in await events(office, "department-agent")]
    assert sorted(told) == sorted(
        [
            (f"user:{ann.user_id}", "inserted"),
            (f"user:{ann.user_id}", "updated"),
            (f"user:{ben.user_id}", "inserted"),
        ]
    )
    assert [s for s, _ in await events(office, "department")].count(f"queue:{key}") == 3
    [_, noted] = (await office.admin.get("audit.events", target=key, t="department.updated"))[
        "events"
    ]
    assert noted["data"]["changed"] == [
        *("name", "email", "enabled", "showOnRegistration", "description"),
        "fallbackForwardDepartment",
    ]
    await check_departments(office)


async def test_who_may_change_what(office: Office) -> None:
    ann, monitor = await office.agent(), await office.person("livechat-monitor")
    key = (await office.department())["_id"]
    assert (await monitor.refused("PUT", f"{PATH}/{key}", json={"department": SENT}))[0] == 400
    unit = {"name": "North", "visibility": "public"}
    overseer = {"monitorId": monitor.user_id, "username": ""}
    await office.admin.post(
        "livechat/units",
        unitData=unit,
        unitMonitors=[overseer],
        unitDepartments=[{"departmentId": key}],
    )
    await office.grant("add-livechat-department-agents", "livechat-agent")
    refused = await ann.refused("PUT", f"{PATH}/{key}", json={"department": SENT})
    assert refused == (400, {"success": False, "error": "error-not-allowed"})
    # Who may not add people changes the department, and nobody's place.
    answer = await put(monitor, key, {"agentId": ann.user_id})
    assert (answer["agents"], answer["department"]["name"]) == ([], "Sales")
    seat = {"agentId": ann.user_id, "username": "?"}
    assert await ann.post(f"{PATH}/{key}/agents", upsert=[seat], remove=[]) == {"success": True}
    person = await office.person()
    for method, path in (
        ("POST", f"{PATH}/{key}/agents"),
        ("PUT", f"{PATH}/{key}"),
        ("DELETE", f"{PATH}/{key}"),
        ("POST", f"{PATH}/{key}/archive"),
        ("POST", f"{PATH}/unarchive/{key}"),
        ("GET", f"{PATH}/{key}"),
        ("GET", f"{PATH}/{key}/agents"),
        ("GET", "livechat/departments/archived"),
        ("GET", f"{PATH}.autocomplete"),
        ("GET", f"{PATH}.listByIds"),
        ("GET", f"{PATH}/isDepartmentCreationAvailable"),
    ):
        assert (await person.refused(method, path))[0] == 403, path


async def test_people_are_put_in_and_taken_out(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    key = (await office.department(ann, ben))["_id"]
    sent = [{"agentId": ann.user_id, "username": "x", "name": "x", "count": 4, "order": 2}]
    gone = [{"agentId": ben.user_id, "username": "ben"}, {"agentId": "nobody", "username": "x"}]
    await office.admin.post(f"{PATH}/{key}/agents", upsert=sent, remove=gone)
    [row] = (await office.admin.get(f"{PATH}/{key}/agents"))["agents"]
    assert (row["username"], row["count"], row["order"]) == ("ann", 4, 2)
    found = await office.admin.get(f"{PATH}/{key}")
    assert (found["department"]["numAgents"], found["agents"]) == (1, [row])
    # Of ben it is told that he left; asked once more, nothing is.
    for _ in range(2):
        await office.admin.post(f"{PATH}/{key}/agents", upsert=[], remove=gone)
    told = [d["action"] for s, d in await events(office, "department-agent") if ben.user_id in s]
    assert told == ["inserted", "removed"]
    notes = (await office.admin.get("audit.events", t="department.agents"))["events"]
    assert [note["data"] for note in notes] == [{"added": [ann.user_id], "removed": [ben.user_id]}]
    status, body = await office.admin.refused(
        "POST", f"{PATH}/nowhere/agents", json={"upsert": [], "remove": []}
    )
    assert (status, body["error"]) == (400, "Department not found [error-department-not-found]")
    _, body = await office.admin.refused("POST", f"{PATH}/{key}/agents", json={"upsert": []})
    assert body["error"] == "must have required property 'remove' [invalid-params]"
    await check_departments(office)


async def test_archiving(office: Office) -> None:
    ann = await office.agent()
    made = await office.department(ann, name="Old")
    key = made["_id"]
    for path in (f"{PATH}/{key}/archive", f"{PATH}/archive/{key}", f"{PATH}/{key}/archive"):
        assert await office.admin.post(path) == {"success": True}
    found = await office.admin.get(f"{PATH}/{key}")
    assert (found["department"]["archived"], found["department"]["enabled"]) == (True, False)
    assert found["agents"][0]["departmentEnabled"] is False
    assert (await office.admin.get("livechat/departments/archived"))["departments"] == [
        found["department"]
    ]
    assert (await office.admin.get(PATH))["total"] == 0
    # Nobody is given a chat there, though she is online.
    visitor = await office.visitor(department=key)
    refused = await office.nobody.refused("GET", "livechat/room", params={"token": visitor.token})
    assert refused[1]["errorType"] == "no-agent-online"
    for path in (f"{PATH}/unarchive/{key}", f"{PATH}/{key}/unarchive"):
        assert await office.admin.post(path) == {"success": True}
    found = await office.admin.get(f"{PATH}/{key}")
    assert (found["department"]["archived"], found["department"]["enabled"]) == (False, False)
    assert found["agents"][0]["departmentEnabled"] is True
    assert (await office.admin.get("livechat/departments/archived"))["total"] == 0
    kinds = [note["t"] for note in (await office.admin.get("audit.events", target=key))["events"]]
    assert kinds == ["department.unarchived", "department.archived", "department.created"]
    for act, error in (
        ("archive", "department-not-found"),
        ("unarchive", "[department-not-found]"),
    ):
        answer = await office.admin.refused("POST", f"{PATH}/nowhere/{act}")
        assert (answer[0], answer[1]["error"]) == (400, error)


async def test_reading(office: Office) -> None:
    ann = await office.agent(username="ann")
    made = {
        name: await office.department(name=name) for name in ("Sales", "sales 2", "Säle", "Box")
    }
    by_id = {doc["_id"]: name for name, doc in made.items()}
    key = made["Sales"]["_id"]
    assert await office.admin.get(f"{PATH}/nowhere") == {"department": None, "success": True}
    assert (await office.admin.get(f"{PATH}/{key}"))["agents"] == []
    assert "agents" not in await office.admin.get(f"{PATH}/{key}", includeAgents="yes")
    assert "agents" not in await ann.get(f"{PATH}/{key}", includeAgents="true")
    for ids in ([key], [key, made["Box"]["_id"], "nowhere"]):
        found = await ann.get(f"{PATH}.listByIds", **{"ids[]": ids})
        assert {doc["_id"] for doc in found["departments"]} == {*ids} - {"nowhere"}
        assert found["departments"][-1] == made["Sales"]
    for query, error in (
        ({}, "The 'ids' param is required"),
        ({"ids": "a"}, "The 'ids' param must be an array"),
    ):
        answer = await ann.refused("GET", f"{PATH}.listByIds", params=query)
        assert answer == (400, {"success": False, "error": error})
    assert await office.admin.get(f"{PATH}/isDepartmentCreationAvailable") == {
        "isDepartmentCreationAvailable": True,
        "success": True,
    }
    await office.admin.post(f"{PATH}/{made['sales 2']['_id']}/archive")
    cases: list[tuple[str, Json, list[str]]] = [
        ('{"term":"SAL"}', {}, ["Sales", "Säle"]),
        ('{"term":"sal"}', {"showArchived": "true"}, ["Sales", "Säle", "sales 2"]),
        ('{"term":"ale","conditions":{"a":1}}', {}, []),
        (f'{{"term":"","exceptions":["{key}"]}}', {}, ["Box", "Säle"]),
        ("{}", {"onlyMyDepartments": "true"}, ["Box", "Sales", "Säle"]),
    ]
    for selector, more, names in cases:
        found = await ann.get(f"{PATH}.autocomplete", selector=selector, **more)
        assert [item["name"] for item in found["items"]] == names, selector
        assert all(by_id[item["_id"]] == item["name"] for item in found["items"])
    answer = await ann.refused("GET", f"{PATH}.autocomplete")
    assert answer == (400, {"success": False, "error": "The 'selector' param is required"})
    assert (await ann.refused("GET", f"{PATH}.autocomplete", params={"selector": "{"}))[0] == 400


async def test_as_many_departments_as_the_office_says(office: Office) -> None:
    await office.department()
    await office.setting("Livechat_maximum_departments", 2)
    await office.department()
    told = await office.admin.get(f"{PATH}/isDepartmentCreationAvailable")
    assert told["isDepartmentCreationAvailable"] is False
    _, body = await office.admin.refused("POST", PATH, json={"department": SENT})
    assert body["errorType"] == "error-max-departments-number-reached"


async def test_whatever_is_done_departments_hold_together(office: Office) -> None:
    """Random acts of an administration, some of them refused; what must hold does after each."""
    random = Random(2024)
    admin, agents = office.admin, [await office.agent(online=False) for _ in range(4)]
    await office.setting("Omnichannel_enable_department_removal", True)
    made = 0

    def seat() -> Json:
        return {"agentId": random.choice(agents).user_id, "username": "?", "count": 1}

    for _ in range(80):
        keys = [doc["_id"] for doc in await stored(office, "departments")] or ["nowhere"]
        key, person = random.choice(keys), random.choice(agents)
        fields = {"fallbackForwardDepartment": random.choice(["", *keys])}
        acts: list[tuple[str, str, Json]] = [
            ("POST", PATH, {"department": SENT | fields, "agents": [seat(), seat()]}),
            (
                "PUT",
                f"{PATH}/{key}",
                {
                    "department": SENT | fields | {"enabled": random.random() < 0.5},
                    "agents": [seat() for _ in range(random.randrange(3))],
                },
            ),
            ("POST", f"{PATH}/{key}/agents", {"upsert": [seat()], "remove": [seat(), seat()]}),
            ("POST", f"{PATH}/{key}/{random.choice(['archive', 'unarchive'])}", {}),
            ("DELETE", f"{PATH}/{key}", {}),
            (
                "POST",
                "livechat/agents.saveInfo",
                {
                    "agentId": person.user_id,
                    "agentData": {},
                    "agentDepartments": random.sample(keys, random.randint(0, len(keys))),
                },
            ),
            ("DELETE", f"livechat/users/agent/{person.user_id}", {}),
        ]
        method, path, body = random.choices(acts, [6, 6, 4, 3, 2, 4, 2])[0]
        response = await admin.call(method, path, json=body)
        assert response.status_code in (200, 400), response.text
        made += response.status_code == 200
        if path.startswith("livechat/users") and method == "DELETE":
            name = next(u["username"] for u in await stored(office, "users") if u["_id"] in path)
            await check_departments(office)
            await admin.post("livechat/users/agent", username=name)
        await check_departments(office)
    assert made > 30, made
