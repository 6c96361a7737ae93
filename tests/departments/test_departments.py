"""Creating and listing departments."""

from typing import Any

from tests.office import Office

PATH = "livechat/department"
SALES: dict[str, Any] = {
    "name": "Sales",
    "email": "sales@office.example",
    "enabled": True,
    "showOnRegistration": True,
    "showOnOfflineForm": False,
}


def refusal(error: str, kind: str) -> tuple[int, dict[str, Any]]:
    return 400, {"success": False, "error": f"{error} [{kind}]", "errorType": kind}


async def test_a_department_keeps_what_it_was_given(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    answer = await office.admin.post(
        PATH,
        department=SALES
        | {"enabled": "true", "description": None, "chatClosingTags": ["a"], "colour": "red"}
        | {"_id": "mine", "numAgents": 7, "archived": True, "ancestors": "x"},
        agents=[
            {"agentId": ben.user_id, "count": 3, "order": "4", "username": "somebody"},
            {"agentId": "nobody"},
            {"agentId": ann.user_id},
            {"agentId": ann.user_id, "count": 9},
        ],
    )
    assert list(answer) == ["department", "agents", "success"]
    made = answer["department"]
    assert len(made.pop("_id")) == 24
    assert made.pop("_updatedAt").endswith("Z")
    assert made == SALES | {"chatClosingTags": ["a"], "colour": "red", "numAgents": 2}
    rows = []
    for row in answer["agents"]:
        assert row["departmentId"] == answer["department"].get("_id", row["departmentId"])
        rows.append((row["username"], row["count"], row["order"], row["departmentEnabled"]))
    assert rows == [("ben", 3, 4, True), ("ann", 9, 0, True)]


async def test_the_rules_of_saving_in_their_order(office: Office) -> None:
    """Each body breaks the rule that is named, and all that come after it."""
    tags = "error-validating-department-chat-closing-tags"
    fallback = {"fallbackForwardDepartment": "nowhere"}
    untagged = {"requestTagBeforeClosingChat": True, "chatClosingTags": [], **fallback}
    odd = {"further": 1.5, **untagged}
    short = {k: v for k, v in (SALES | odd).items() if k != "email"}
    unit = {"_id": "no unit"}
    cases: list[tuple[dict[str, Any], tuple[int, dict[str, Any]]]] = [
        ({}, refusal("must have required property 'department'", "invalid-params")),
        (
            {"department": short, "departmentUnit": unit},
            refusal("must have required property 'email'", "invalid-params"),
        ),
        (
            {"department": SALES | odd | {"enabled": "perhaps"}},
            refusal("must be boolean", "invalid-params"),
        ),
        (
            {"department": SALES | odd | {"name": ""}},
            refusal("must NOT have fewer than 1 characters", "invalid-params"),
        ),
        (
            {"department": SALES, "agents": [{}]},
            refusal("must have required property 'agentId'", "invalid-params"),
        ),
        (
            {"department": SALES, "more": 1},
            refusal("must NOT have additional properties", "invalid-params"),
        ),
        (
            {"department": SALES | odd, "departmentUnit": unit},
            refusal("Invalid department unit id provided", "error-invalid-department-unit"),
        ),
        (
            {"department": SALES | odd},
            (
                400,
                {
                    "success": False,
                    "error": "Match error: Expected string, number or boolean in field further",
                },
            ),
        ),
        (
            {"department": SALES | untagged},
            refusal(
                "At least one closing tag is required when the department requires tag(s) on"
                " closing conversations.",
                tags,
            ),
        ),
        (
            {"department": SALES | fallback},
            refusal("Fallback department not found", "error-fallback-department-not-found"),
        ),
    ]
    for body, expected in cases:
        assert await office.admin.refused("POST", PATH, json=body) == expected, body
    assert (await office.admin.get(PATH))["total"] == 0


async def test_listing(office: Office) -> None:
    agent, nobody_special = await office.agent(), await office.person()
    made = {
        name: await office.department(name=name, enabled=name != "beta")
        for name in ("Élan", "alpha", "beta", "Alpine", "100%_sure", "100 sure")
    }

    async def names(**query: Any) -> list[str]:
        found = await agent.get(PATH, **query)
        assert list(found) == ["departments", "count", "offset", "total", "success"]
        assert found["count"] == len(found["departments"])
        return [department["name"] for department in found["departments"]]

    everybody = sorted(made, key=lambda name: name.encode())
    assert await names() == everybody
    assert await names(sort='{"name":-1}') == everybody[::-1]
    by_state = await names(sort='{"enabled":1,"name":-1}')
    assert by_state == ["beta", *[n for n in everybody[::-1] if n != "beta"]]
    assert await names(enabled="true") == [n for n in everybody if n != "beta"]
    assert await names(enabled="yes") == everybody
    assert await names(text="AL") == ["Alpine", "alpha"]
    assert await names(text="élA") == await names(text="elan") == ["Élan"]
    assert await names(text="0%_s") == ["100%_sure"]
    assert await names(text="\\") == []
    assert await names(excludeDepartmentId=made["beta"]["_id"], text="a") == [
        n for n in everybody if "a" in n.lower() and n != "beta"
    ]
    await office.patch("departments", made["beta"]["_id"], archived=True)
    assert await names() == [n for n in everybody if n != "beta"]
    assert await names(showArchived="true") == everybody
    page = await agent.get(PATH, showArchived="true", count=2, offset=3)
    assert [d["name"] for d in page["departments"]] == everybody[3:5]
    assert (page["count"], page["offset"], page["total"]) == (2, 3, 6)
    assert page["departments"][0] == made[everybody[3]]

    assert (await nobody_special.refused("GET", PATH))[0] == 403
    assert (await agent.refused("POST", PATH, json={}))[0] == 403
    status, body = await agent.refused("GET", PATH, params={"sort": '{"email":1}'})
    assert (status, body["errorType"]) == (400, "error-invalid-sort")
