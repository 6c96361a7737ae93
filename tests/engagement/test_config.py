"""What the widget is told before a conversation."""

from typing import Any

import pytest

from tests.office import Json, Office


async def config(office: Office, **query: Any) -> Json:
    told: Json = (await office.nobody.get("livechat/config", **query))["config"]
    return told


async def test_all_that_a_widget_reads(office: Office) -> None:
    told = await config(office, token="nobody's", businessUnit="x")
    assert told["settings"] == {
        "registrationForm": True,
        "allowSwitchingDepartments": True,
        "nameFieldRegistrationForm": True,
        "emailFieldRegistrationForm": True,
        "displayOfflineForm": True,
        "videoCall": False,
        "fileUpload": True,
        "language": "",
        "transcript": False,
        "historyMonitorType": "url",
        "forceAcceptDataProcessingConsent": False,
        "showConnecting": False,
        "agentHiddenInfo": False,
        "clearLocalStorageWhenChatEnded": False,
        "limitTextLength": False,
        "hiddenSystemMessages": [],
        "hideWatermark": False,
        "visitorsCanCloseChat": True,
    }
    assert told["theme"]["title"] == "Parley"
    assert told["messages"]["offlineMessage"] == ""
    assert told["survey"]["values"] == ["1", "2", "3", "4", "5"]
    assert (told["triggers"], told["departments"], told["customFields"]) == ([], [], [])
    assert told["resources"] == {"sound": "/sounds/chime.mp3", "emojis": []}
    assert (told["enabled"], told["online"]) == (True, False)
    assert not {"guest", "room", "agent"} & told.keys()


SETTINGS = [
    ("Livechat_title", "Shop", ("theme", "title"), "Shop"),
    ("Livechat_title_color", "#000000", ("theme", "color"), "#000000"),
    ("Livechat_offline_title", "Gone", ("theme", "offlineTitle"), "Gone"),
    ("Livechat_registration_form", False, ("settings", "registrationForm"), False),
    ("Livechat_show_agent_info", False, ("settings", "agentHiddenInfo"), True),
    ("FileUpload_Enabled", False, ("settings", "fileUpload"), False),
    ("Livechat_enable_message_character_limit", True, ("settings", "limitTextLength"), 5000),
    ("Livechat_Routing_Method", "Manual_Selection", ("settings", "showConnecting"), True),
    ("Livechat_history_monitor_type", "title", ("settings", "historyMonitorType"), "title"),
    ("Livechat_transcript_message", "Want it?", ("messages", "transcriptMessage"), "Want it?"),
    ("Livechat_offline_form_unavailable", "No", ("messages", "offlineUnavailableMessage"), "No"),
    ("Livechat_data_processing_consent_text", "C", ("messages", "dataProcessingConsentText"), "C"),
    (
        "Site_Url",
        "https://x.example/",
        ("resources", "sound"),
        "https://x.example/sounds/chime.mp3",
    ),
]


async def test_its_sound_is_served_to_pages_of_other_sites(sqlite_office: Office) -> None:
    where = (await config(sqlite_office))["resources"]["sound"]
    answer = await sqlite_office.http.get(where)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.content[:2] == b"\xff\xf3"  # a frame of an MP3


async def test_settings_count_at_once(office: Office) -> None:
    for name, value, (part, key), expected in SETTINGS:
        assert (await config(office))[part][key] != expected
        await office.setting(name, value)
        assert (name, (await config(office))[part][key]) == (name, expected)
    await office.setting("Livechat_enabled", False)
    assert await config(office) == {"enabled": False}


async def test_a_known_visitor_finds_their_chat(office: Office) -> None:
    anna = await office.agent(username="anna")
    place = await office.department(anna)
    visitor = await office.visitor(name="Maria", email="m@x.example", department=place["_id"])
    told = await config(office, token=visitor.token)
    assert told["guest"] == {
        "_id": visitor.id,
        "username": "guest-2",
        "token": visitor.token,
        "name": "Maria",
        "visitorEmails": [{"address": "m@x.example"}],
        "department": place["_id"],
    }
    assert not {"room", "agent"} & told.keys()
    room = await visitor.room()
    told = await config(office, token=visitor.token)
    assert told["room"] == {
        "_id": room["_id"],
        "departmentId": place["_id"],
        "servedBy": room["servedBy"],
        "open": True,
    }
    assert told["agent"]["username"] == "anna"
    await visitor.close(room["_id"])
    assert "room" not in await config(office, token=visitor.token)


async def test_departments_and_fields_that_are_offered(office: Office) -> None:
    anna = await office.agent()
    shown = await office.department(anna, name="B", showOnRegistration=True)
    await office.department(name="Empty")
    await office.department(anna, name="Off", enabled=False)
    await office.department(anna, name="A", departmentsAllowedToForward=[shown["_id"]])
    for key, more in (
        ("a", {"public": True, "required": True}),
        ("b", {}),
        ("c", {"public": True}),
    ):
        hidden = {"visibility": "hidden" if key == "c" else "visible"}
        data = {"field": key, "label": key, "scope": "visitor", **hidden, **more}
        await office.admin.post("livechat/custom-fields.save", customFieldData=data)
    told = await config(office)
    assert [each["name"] for each in told["departments"]] == ["A", "B"]
    assert told["departments"][0]["departmentsAllowedToForward"] == [shown["_id"]]
    assert told["departments"][1] == {
        "_id": shown["_id"],
        "name": "B",
        "showOnRegistration": True,
        "showOnOfflineForm": False,
    }
    field = {"_id": "a", "label": "a", "scope": "visitor", "required": True}
    assert told["customFields"] == [field]


async def test_online_is_whether_a_chat_would_find_somebody(office: Office) -> None:
    async def online(**query: str) -> bool:
        return bool((await config(office, **query))["online"])

    anna = await office.agent(online=False)
    fallback = await office.department(anna)
    place = await office.department(fallbackForwardDepartment=fallback["_id"])
    empty = await office.department()
    assert not await online()
    await anna.post("users.setStatus", status="online")
    for query, expected in (
        ({}, True),
        ({"department": fallback["_id"]}, True),
        ({"department": place["_id"]}, True),
        ({"department": empty["_id"]}, False),
        ({"department": "nowhere"}, False),
    ):
        assert (query, await online(**query)) == (query, expected)
    await anna.post("livechat/agent.status", status="not-available")
    assert not await online()
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    assert await online(department=empty["_id"])
    await office.setting("Livechat_accept_chats_with_no_agents", False)
    await office.agent("bot", online=False)
    await office.setting("Livechat_assign_new_conversation_to_bot", True)
    assert await online(department=empty["_id"])


KEYS = (
    *("previewRoom", "showConnecting", "showQueue", "showQueueLink"),
    *("returnQueue", "enableTriggerAction", "autoAssignAgent"),
)


@pytest.mark.parametrize(
    ("method", "flags"),
    [
        ("Auto_Selection", "FFFTFTT"),
        ("Manual_Selection", "TTTFTFF"),
        ("External", "FFFFFTT"),
        ("Load_Balancing", "FFFTFTT"),
        ("Load_Rotation", "FFFTFTT"),
    ],
)
async def test_what_the_routing_method_means(office: Office, method: str, flags: str) -> None:
    await office.setting("Livechat_Routing_Method", method)
    person = await office.person()
    told = (await person.get("livechat/config/routing"))["config"]
    assert told == {key: flag == "T" for key, flag in zip(KEYS, flags, strict=True)}
    assert (await office.nobody.refused("GET", "livechat/config/routing"))[0] == 401
