"""What clients are told to remember."""

from typing import Any

import pytest

from tests.office import Json, Office


async def test_preferences_come_back(office: Office) -> None:
    ann = await office.person(username="ann")
    assert (await ann.get("users.getPreferences"))["preferences"] == {}
    chosen: Json = {
        "language": "de",
        "highlights": ["deploy", "docker"],
        "notificationsSoundVolume": 70,
        "hideRoles": True,
        "dontAskAgainList": [{"action": "hideRoom", "label": "Hide"}],
        "alsoSendThreadToChannel": "never",
    }
    answer = await ann.post("users.setPreferences", data=chosen | {"utcOffset": -3.5})
    assert answer["user"] == {"_id": ann.user_id, "settings": {"preferences": chosen}}
    changed = {"hideRoles": None, "notificationsSoundVolume": 0, "useEmojis": "true"}
    await ann.post("users.setPreferences", data=changed)
    expected = chosen | {"notificationsSoundVolume": 0, "useEmojis": True}
    del expected["hideRoles"]
    assert (await ann.get("users.getPreferences"))["preferences"] == expected
    me = await ann.get("me")
    assert me["settings"] == {"profile": {}, "preferences": expected, "calendar": {}}
    assert (me["language"], me["utcOffset"]) == ("de", -3.5)
    assert me == (await login_again(office, "ann", ann.password)) | {
        key: me[key] for key in ("_updatedAt", "lastLogin", "success")
    }


async def login_again(office: Office, username: str, password: str) -> Json:
    answer = await office.nobody.post("login", user=username, password=password)
    me: Json = answer["data"]["me"]
    return me


async def test_whose_preferences(office: Office) -> None:
    ann, ben = await office.person(username="ann"), await office.person()
    body = {"userId": ann.user_id, "data": {"fontSize": "18px"}}
    code = "error-action-not-allowed"
    refused = (
        400,
        {
            "success": False,
            "error": f"Editing user is not allowed [{code}]",
            "errorType": code,
        },
    )
    assert await ben.refused("POST", "users.setPreferences", json=body) == refused
    await ann.post("users.setPreferences", **body)
    await office.admin.post("users.setPreferences", userId=ann.user_id, data={"fontSize": "20px"})
    assert (await ann.get("users.getPreferences"))["preferences"] == {"fontSize": "20px"}
    (entry,) = (await office.admin.get("audit.events", t="user.preferences"))["events"]
    assert entry["target"] == {"type": "user", "_id": ann.user_id, "name": "ann"}
    assert entry["data"] == {"previous": {"fontSize": "18px"}, "current": {"fontSize": "20px"}}
    body["userId"] = "x"
    assert (await office.admin.refused("POST", "users.setPreferences", json=body))[0] == 400


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "must be object"),
        ({"colour": "red"}, "must NOT have additional properties"),
        ({"hideRoles": "maybe"}, "must be boolean"),
        ({"highlights": "deploy"}, "must be array"),
        ({"highlights": ["x"] * 101}, "must NOT have more than 100 items"),
        ({"clockMode": "1e999"}, "must be <= 2147483647"),
        ({"alsoSendThreadToChannel": "often"}, "must be equal to one of the allowed values"),
        ({"language": "x" * 101}, "must NOT have more than 100 characters"),
    ],
)
async def test_what_is_no_preference(sqlite_office: Office, data: Any, sentence: str) -> None:
    refused = await sqlite_office.admin.refused("POST", "users.setPreferences", json={"data": data})
    assert refused == (400, {"success": False, "error": sentence, "errorType": "invalid-params"})
