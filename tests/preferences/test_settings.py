"""Reading and changing settings."""

import asyncio
from typing import Any

from parley.preferences.service import DEFINITIONS, MASK, VISIBLE
from tests.office import Office


async def test_a_setting_is_its_default_until_changed(office: Office) -> None:
    path = "settings/API_Default_Count"
    assert await office.admin.get(path) == {"_id": path[9:], "value": 50, "success": True}
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
        # The second is a counter of the server's own.
        for name in ("No_Such", "Livechat_guest_count"):
            refused = await office.admin.refused(method, f"settings/{name}", **more)
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
    least = "must be greater than or equal to 1 [error-invalid-setting-value]"
    too_small = {"value": 0}
    path = "settings/Message_MaxAllowedSize"
    _, found = await office.admin.refused("POST", path, json=too_small)
    assert found["error"] == f"Value for setting Message_MaxAllowedSize {least}"
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


async def test_several_settings_at_once_or_none(office: Office) -> None:
    title, count, colour = "Livechat_title", "API_Default_Count", "Livechat_title_color"
    good = [{"_id": title, "value": "Ask us"}, {"_id": count, "value": 7}]
    good.append({"_id": colour, "value": "var(--brand)", "editor": "expression"})
    assert await office.admin.post("settings", settings=good) == {"success": True}
    pages = [await office.admin.get("settings", count=100, offset=n) for n in (0, 100, 200)]
    values = {line["_id"]: line for page in pages for line in page["settings"]}
    assert (values[title]["value"], values[count]["value"]) == ("Ask us", 7)
    assert (values[colour]["value"], values[colour]["editor"]) == ("var(--brand)", "expression")

    begin = [{"_id": title, "value": "Not this"}]
    for wrong, error in [
        ({"_id": count, "value": "7"}, f"Value for setting {count} is not valid"),
        ({"_id": "No_Such", "value": 1}, ""),
        ({"_id": "Livechat_guest_count", "value": 1}, ""),
        ({"_id": count}, "must have required property 'value'"),
        ({"_id": count, "value": 1, "color": 2}, "must NOT have additional properties"),
        ({"_id": colour, "value": "", "editor": "x"}, "must be equal to one of the allowed values"),
    ]:
        body = {"settings": [*begin, wrong]}
        status, found = await office.admin.refused("POST", "settings", json=body)
        assert (status, found.get("error", "").split(" [")[0]) == (400, error)
    status, found = await office.admin.refused("POST", "settings", json={"settings": []})
    assert (status, found["error"]) == (400, "must NOT have fewer than 1 items")
    assert (await office.admin.get(f"settings/{title}"))["value"] == "Ask us"
    changes = (await office.admin.get("audit.events", t="settings.changed"))["events"]
    told = {entry["target"]["_id"]: entry["data"] for entry in changes}
    assert told[count] == {"previous": 50, "current": 7}
    assert told.keys() == {title, count, colour}

    manager = await office.agent("livechat-manager")
    code = "error-action-not-allowed"
    details = {"method": "saveSettings", "settingIds": [title]}
    assert await manager.refused("POST", "settings", json={"settings": begin}) == (
        400,
        {
            "success": False,
            "error": f"Editing settings is not allowed [{code}]",
            "errorType": code,
            "details": details,
        },
    )
    assert (await office.nobody.refused("POST", "settings", json={"settings": begin}))[0] == 401


async def test_bulk_changes_of_the_same_settings_do_not_wait_for_each_other(office: Office) -> None:
    names = ["Livechat_title", "Livechat_offline_title", "Site_Name"]
    changes = [{"_id": name, "value": name} for name in names]
    orders = [changes, changes[::-1]] * 10
    await asyncio.gather(*[office.admin.post("settings", settings=order) for order in orders])


async def test_who_sees_which_settings(office: Office) -> None:
    person = await office.person()
    everything = await office.admin.get("settings", count=100)
    assert everything["total"] == len(VISIBLE)
    public = await person.get("settings", count=100, offset=0, sort='{"_id":-1}')
    shared = await office.nobody.get("settings.public", count=100)
    assert public["total"] == shared["total"] < everything["total"]
    ids = [setting["_id"] for setting in public["settings"]]
    assert ids == sorted(ids, reverse=True)
    assert all(DEFINITIONS[name].public for name in ids)
    rest = await office.nobody.get("settings.public", offset=100, count=100)
    assert shared["count"] + rest["count"] == shared["total"]

    # As the mobile app asks, among them one that is not public and one that is not there.
    names = "Site_Name, Livechat_title,SMTP_Host,uniqueID"
    asked = await office.nobody.get("settings.public", _id=names, offset="")
    shown = [{"_id": name, "value": "Parley"} for name in ("Livechat_title", "Site_Name")]
    assert asked["settings"] == [line | {"enterprise": False} for line in shown]
    assert (await office.nobody.get("settings.public", _id=""))["settings"] == []

    await office.setting("Livechat_title", "Ask us")
    page = await office.nobody.get("settings.public", _id="Livechat_title")
    assert page["settings"][0]["value"] == "Ask us"
    offset = VISIBLE.index("Livechat_title")
    defaults = {"includeDefaults": "true", "count": 1, "offset": offset}
    (line,) = (await office.admin.get("settings", **defaults))["settings"]
    assert (line["value"], line["packageValue"]) == ("Ask us", "Parley")


async def test_a_secret_is_masked_wherever_it_is_listed(office: Office) -> None:
    name, secret = "SMTP_Password", "hunter2 of the mail"
    offset = VISIBLE.index(name)

    async def listed() -> Any:
        query = {"count": 1, "offset": offset, "includeDefaults": "true"}
        (line,) = (await office.admin.get("settings", **query))["settings"]
        return line["value"]

    assert await listed() == ""
    await office.setting(name, secret)
    assert await listed() == MASK
    # A list that is sent back as it was seen changes no secret.
    both = [{"_id": name, "value": MASK}, {"_id": "SMTP_Host", "value": "mail.example"}]
    await office.admin.post("settings", settings=both)
    assert (await office.admin.get(f"settings/{name}"))["value"] == secret
    assert secret not in str(await office.admin.get("audit.events"))
    assert not [n for n, d in DEFINITIONS.items() if d.type == "password" and not d.secret]
    assert not [n for n, d in DEFINITIONS.items() if d.secret and d.public]


async def test_colours_and_actions(office: Office) -> None:
    await office.admin.post("settings/Livechat_title_color", editor="color", value="#00FF00")
    assert (await office.admin.get("settings/Livechat_title_color"))["value"] == "#00FF00"
    await office.admin.post("settings/API_Embed_clear_cache_now", execute=True)
    body = {"execute": True}
    refused = await office.admin.refused("POST", "settings/Livechat_title", json=body)
    assert refused == (400, {"success": False})
