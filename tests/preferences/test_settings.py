"""Reading and changing settings."""

from typing import Any

from tests.office import Office


async def test_a_setting_is_its_default_until_changed(office: Office) -> None:
    path = "settings/Livechat_guest_count"
    assert await office.admin.get(path) == {"_id": path[9:], "value": 1, "success": True}
    for name, value in [
        ("Livechat_accept_chats_with_no_agents", True),
        ("Message_MaxAllowedSize", 10),
        ("Livechat_Routing_Method", "Manual_Selection"),
        ("Hide_System_Messages", ["uj"]),
        ("Livechat_title", ""),
    ]:
        assert await office.admin.post(f"settings/{name}", value=value) == {"success": True}
        assert (await office.admin.get(f"settings/{name}"))["value"] == value


async def test_what_a_setting_refuses(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    for method, more in (("GET", {}), ("POST", {"json": {"value": 1}})):
        refused = await office.admin.refused(method, "settings/No_Such", **more)
        assert refused == (400, {"success": False})
    wrong: list[tuple[str, Any]] = [
        ("Livechat_enabled", "true"),
        ("Livechat_enabled", 1),
        ("Livechat_enabled", None),
        ("Message_MaxAllowedSize", "5"),
        ("Message_MaxAllowedSize", 1.5),
        ("Message_MaxAllowedSize", True),
        ("Message_MaxAllowedSize", 2**31),
        ("Livechat_Routing_Method", "Round_Robin"),
        ("Livechat_Routing_Method", ["External"]),
        ("Hide_System_Messages", "uj"),
        ("Hide_System_Messages", [1]),
        ("Livechat_title", {"a": 1}),
    ]
    for name, value in wrong:
        code = "error-invalid-setting-value"
        text = f"Value for setting {name} is not valid [{code}]"
        refused = await office.admin.refused("POST", f"settings/{name}", json={"value": value})
        assert refused == (400, {"success": False, "error": text, "errorType": code}), value
    assert (await office.admin.get("settings/Livechat_Routing_Method"))["value"] == (
        "Manual_Selection"
    )
    status, body = await office.admin.refused("POST", "settings/Livechat_title", json={})
    assert (status, body["error"]) == (400, "must have required property 'value'")


async def test_settings_are_for_those_who_may(office: Office) -> None:
    manager = await office.agent("livechat-manager")
    for method in ("GET", "POST"):
        assert (await office.nobody.refused(method, "settings/Livechat_title"))[0] == 401
        # Also where there is no such setting: nothing is told of names.
        for name in ("Livechat_title", "No_Such"):
            assert (await manager.refused(method, f"settings/{name}"))[0] == 403
