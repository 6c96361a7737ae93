"""Settings that managers of the livechat see and change without the rest of them."""

from parley.preferences.service import MASK
from tests.office import Office


async def test_the_looks_of_the_widget(office: Office) -> None:
    manager = await office.person("livechat-manager", username="manager")
    shown = (await manager.get("livechat/appearance"))["appearance"]
    assert len(shown) == 25
    [title] = [each for each in shown if each["_id"] == "Livechat_title"]
    assert title == {
        "_id": "Livechat_title",
        "value": "Parley",
        "enterprise": False,
        "packageValue": "Parley",
        "type": "string",
        "group": "Omnichannel",
        "section": title["section"],
        "public": True,
        "secret": False,
        "hidden": False,
        "blocked": False,
        "i18nLabel": "Livechat_title",
        "i18nDescription": "Livechat_title_Description",
        "valueSource": "packageValue",
    }
    looks = {
        "Livechat_title": "Shop",
        "Livechat_registration_form": "false",
        "Livechat_hide_expand_chat": "true",
        "Livechat_message_character_limit": "12x",
        "Livechat_enable_message_character_limit": True,
        "Livechat_hide_system_messages": ["uj", "no such kind"],
    }
    body = [{"_id": name, "value": value} for name, value in looks.items()]
    response = await manager.call("POST", "livechat/appearance", json=body)
    assert response.json() == {"success": True}
    shown = (await manager.get("livechat/appearance"))["appearance"]
    values = {each["_id"]: each["value"] for each in shown}
    assert {name: values[name] for name in looks} == {
        "Livechat_title": "Shop",
        "Livechat_registration_form": False,
        "Livechat_hide_expand_chat": True,
        "Livechat_message_character_limit": 0,
        "Livechat_enable_message_character_limit": True,
        "Livechat_hide_system_messages": ["uj"],
    }
    config = (await office.nobody.get("livechat/config"))["config"]
    assert config["theme"]["title"] == "Shop"
    assert config["settings"]["hiddenSystemMessages"] == ["uj"]
    audited = (await office.admin.get("audit.events", t="settings.changed"))["events"]
    assert len(audited) == 5  # what was so already is no change


async def test_looks_that_are_none(office: Office) -> None:
    admin = office.admin
    other = [{"_id": "Livechat_title", "value": "X"}, {"_id": "SMTP_Host", "value": "evil"}]
    refused = await admin.refused("POST", "livechat/appearance", json=other)
    assert refused == (400, {"success": False, "error": "invalid-setting"})
    for body, fault in [
        ([], "must NOT have fewer than 1 items"),
        ({}, "must be array"),
        ([{"_id": "Livechat_title"}], "must have required property 'value'"),
    ]:
        status, answer = await admin.refused("POST", "livechat/appearance", json=body)
        assert (status, answer["errorType"]) == (400, "invalid-params")
        assert fault in answer["error"]
    wrong = [{"_id": "Livechat_widget_position", "value": "up"}]
    status, answer = await admin.refused("POST", "livechat/appearance", json=wrong)
    assert (status, answer["errorType"]) == (400, "error-invalid-setting-value")
    assert (await admin.get("settings/Livechat_title"))["value"] == "Parley"


async def test_what_is_told_to_other_systems(office: Office) -> None:
    manager = await office.person("livechat-manager", username="manager")
    await manager.post(
        "omnichannel/integrations",
        LivechatWebhookUrl=" https://crm.example/hook ",
        LivechatSecretToken=" s3cret ",
        LivechatWebhookOnStart=True,
    )
    shown = (await manager.get("livechat/integrations.settings"))["settings"]
    values = {each["_id"]: each["value"] for each in shown}
    assert len(values) == 11
    assert values["Livechat_webhookUrl"] == "https://crm.example/hook"
    assert values["Livechat_secret_token"] == MASK
    assert values["Livechat_webhook_on_start"] is True
    assert values["Livechat_webhook_on_close"] is False
    assert (await office.admin.get("settings/Livechat_secret_token"))["value"] == "s3cret"
    unknown = {"LivechatWebhookOnX": True}
    assert (await manager.refused("POST", "omnichannel/integrations", json=unknown))[0] == 400
