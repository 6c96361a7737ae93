"""What the widget does by itself."""

from typing import Any

from tests.office import Json, Office

TRIGGER: Json = {
    "name": "Hello",
    "description": "greets",
    "enabled": True,
    "runOnce": False,
    "conditions": [{"name": "time-on-site", "value": "5"}],
    "actions": [
        {"name": "send-message", "params": {"sender": "custom", "name": "Ada", "msg": "Hi <b>!"}}
    ],
}


async def told(office: Office) -> list[Json]:
    config = (await office.nobody.get("livechat/config"))["config"]
    triggers: list[Json] = config["triggers"]
    return triggers


async def test_a_trigger_is_made_told_changed_and_removed(office: Office) -> None:
    admin = office.admin
    for name, more in [("Zed", {"enabled": False}), ("Hello", {}), ("Again", {"runOnce": True})]:
        await admin.post("livechat/triggers", **TRIGGER | {"name": name} | more)
    found = await admin.get("livechat/triggers", count=2)
    assert [each["name"] for each in found["triggers"]] == ["Again", "Hello"]
    assert (found["count"], found["total"]) == (2, 3)
    again, hello = found["triggers"]
    assert {key: hello[key] for key in TRIGGER} == TRIGGER
    shown = {key: again[key] for key in ("_id", "actions", "conditions", "runOnce")}
    assert (await told(office))[0] == shown
    await admin.post("livechat/triggers", **TRIGGER | {"_id": hello["_id"], "enabled": False})
    assert await told(office) == [shown]
    path = f"livechat/triggers/{hello['_id']}"
    assert (await admin.get(path))["trigger"]["enabled"] is False
    await admin.post("livechat/triggers", **TRIGGER | {"_id": "nobody's"})
    for _ in range(2):
        await admin.delete(path)
    assert (await admin.get(path))["trigger"] is None
    assert (await admin.get("livechat/triggers"))["total"] == 2
    acts = (await admin.get("audit.events", t="trigger.deleted"))["events"]
    assert [act["target"]["name"] for act in acts] == ["Hello"]


async def test_what_is_no_trigger(office: Office) -> None:
    agent = await office.agent()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"conditions": []}, "must NOT have fewer than 1 items"),
        ({"conditions": [{"name": "x"}]}, "must be equal to one of the allowed values"),
        ({"actions": [{"name": "send-message", "params": {"x": 1}}]}, "must NOT have additional"),
        ({"name": "n" * 256}, "must NOT have more than 255 characters"),
    ]
    for more, fault in wrong:
        body = TRIGGER | more
        status, answer = await office.admin.refused("POST", "livechat/triggers", json=body)
        assert (status, answer["errorType"]) == (400, "invalid-params")
        assert fault in answer["error"]
    assert (await agent.refused("POST", "livechat/triggers", json=TRIGGER))[0] == 403
    assert (await office.admin.get("livechat/triggers"))["total"] == 0
