"""method.call: Meteor's methods over REST, in EJSON."""

import json
from typing import Any

from parley.clock import parse
from tests.messages.test_changes import Scene
from tests.office import Client, Json, Office


async def call(
    who: Client, method: str, *params: Any, anonymously: bool = False
) -> tuple[int, Json]:
    """Status, and the frame that came back."""
    frame = json.dumps({"msg": "method", "method": method, "id": "7", "params": params})
    # The name in the path does not matter.
    path = "method.callAnon/any" if anonymously else "method.call/any"
    answer = await who.call("POST", path, json={"message": frame})
    body = answer.json()
    assert list(body) == ["message", "success"]
    assert body["success"] is (answer.status_code == 200)
    back: Json = json.loads(body["message"])
    assert (back.pop("msg"), back.pop("id")) == ("result", "7")
    return answer.status_code, back


def error(code: str | int, reason: str = "") -> tuple[int, Json]:
    shown: Json = {"isClientSafe": True, "error": code, "errorType": "Meteor.Error"}
    shown["message"] = f"{reason} [{code}]" if reason else f"[{code}]"
    return 400, {"error": shown | ({"reason": reason} if reason else {})}


def dated(message: Json) -> Json:
    keys = {"ts", "_updatedAt", "editedAt"} & message.keys()
    return message | {k: {"$date": round(parse(message[k]).timestamp() * 1000)} for k in keys}


async def test_a_persons_methods(office: Office) -> None:
    scene = await Scene(office).set()
    anna = scene.anna
    sent = {"_id": "abcdef123456", "rid": scene.rid, "msg": "hello", "ts": {"$date": 1}}
    status, frame = await call(anna, "sendMessage", sent)

    async def stored() -> Json:
        message: Json = (await anna.get("chat.getMessage", msgId="abcdef123456"))["message"]
        return message

    assert (status, frame) == (200, {"result": dated(await stored())})
    assert await call(anna, "sendMessage", sent) == (status, frame)
    sent["msg"] = "hello!"
    assert await call(anna, "updateMessage", sent, ["https://a.example"]) == (200, {})
    assert (await stored())["msg"] == "hello!"
    assert await call(anna, "setReaction", ":ok:", "abcdef123456") == (200, {})
    assert (await stored())["reactions"] == {":ok:": {"usernames": ["anna"]}}
    got = await call(anna, "getSingleMessage", "abcdef123456")
    assert got == (200, {"result": dated(await stored())})
    assert await call(scene.other, "getSingleMessage", "abcdef123456") == (200, {})
    forbidden = error("error-action-not-allowed", "Not allowed")
    hers = {"_id": await scene.say()}
    assert await call(anna, "deleteMessage", hers) == forbidden
    assert await call(anna, "deleteMessage", {"_id": "abcdef123456"}) == (200, {})
    assert (await anna.refused("GET", "chat.getMessage", params={"msgId": "abcdef123456"}))[
        0
    ] == 400


async def test_methods_refuse_as_their_operations_do(office: Office) -> None:
    scene = await Scene(office).set()
    sent = {"rid": scene.rid, "msg": "x"}
    long = "Message size exceeds Message_MaxAllowedSize"
    for who, method, params, expected in (
        (scene.other, "sendMessage", [sent], error("error-not-allowed")),
        (scene.anna, "sendMessage", [sent | {"rid": "?"}], error("error-invalid-room")),
        (
            scene.anna,
            "sendMessage",
            [sent | {"msg": "x" * 5001}],
            error("error-message-size-exceeded", long),
        ),
        (
            scene.anna,
            "sendMessage",
            [sent | {"alias": "Boss"}],
            error(400, "Not enough permission"),
        ),
        (scene.anna, "sendMessage", [], error(400, "Match failed")),
        (scene.anna, "sendMessage", [sent | {"msg": 1}], error(400, "Match failed")),
        (scene.anna, "sendMessage", [sent | {"_id": "x" * 65}], error(400, "Match failed")),
        (scene.anna, "setReaction", ["ok"], error(400, "Match failed")),
        (scene.anna, "no:such", [], error(404, "Method 'no:such' not found")),
        (
            scene.anna,
            "sendMessage",
            [sent | {"t": "uj"}],
            error(400, "Cannot send system messages using 'sendMessage'"),
        ),
    ):
        assert await call(who, method, *params) == expected, (method, params)
    nobody = await call(office.nobody, "sendMessage", sent, anonymously=True)
    assert nobody == error("error-invalid-user", "Invalid user")
    path = "method.call/sendMessage"
    assert (await office.nobody.refused("POST", path, json={}))[0] == 401
    for text in ("", "{", "[]", '{"method":1}', '{"method":"x","params":{}}', "[" * 500):
        _, answer = await scene.anna.refused("POST", path, json={"message": text})
        assert answer["errorType"] == "invalid-params", text
    # What the edge refuses in any body is refused inside the text too.
    for odd in ("\0", "\ud800"):
        frame = json.dumps({"method": "sendMessage", "params": [sent | {"msg": odd}]})
        _, answer = await scene.anna.refused("POST", path, json={"message": frame})
        assert answer["errorType"] == "invalid-params"
    deep: Any = "x"
    for _ in range(101):
        deep = {"a": deep}
    frame = json.dumps({"method": "sendMessage", "params": [sent | {"customFields": deep}]})
    _, answer = await scene.anna.refused("POST", path, json={"message": frame})
    assert answer["errorType"] == "invalid-params"


async def test_a_visitors_method(office: Office) -> None:
    scene = await Scene(office).set()
    sent = {"token": scene.maria.token, "_id": "mine", "rid": scene.rid, "msg": "hi"}
    agent = {"agentId": "x", "username": "x"}
    status, frame = await call(office.nobody, "sendMessageLivechat", sent, agent, anonymously=True)
    own = {"token": scene.maria.token, "rid": scene.rid}
    message = (await office.nobody.get("livechat/message/mine", **own))["message"]
    assert (status, frame) == (200, {"result": dated(message)})
    assert message["token"] == scene.maria.token
    wrong = await call(
        office.nobody, "sendMessageLivechat", sent | {"token": "?"}, anonymously=True
    )
    assert wrong == error("invalid-token")


async def test_a_unit_goes(sqlite_office: Office) -> None:
    office = sqlite_office
    data = {"name": "North", "visibility": "public"}
    unit = {"unitData": data, "unitMonitors": [], "unitDepartments": []}
    key = (await office.admin.post("livechat/units", **unit))["_id"]
    remove = "livechat:removeUnit"
    anna = await office.agent()
    assert await call(anna, remove, key) == error("error-not-allowed", "Not allowed")
    assert await call(office.admin, remove, key) == (200, {"result": 1})
    assert (await office.admin.get("livechat/units"))["total"] == 0
    assert await call(office.admin, remove, key) == error(400, "Unit not found")
    assert await call(office.admin, remove) == error(400, "Match failed")
