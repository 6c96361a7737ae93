"""Triggers that have a service outside say what the visitor is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.engagement import external_service
from parley.signing import signature
from tests.engagement.test_triggers import TRIGGER, told
from tests.integrations.crm import HANGS, Crm, crm
from tests.office import Json, Office

TEST = "livechat/triggers/external-service/test"
HELLO = [{"msg": "Hello *Maria*", "order": 0}, {"msg": "How are you?", "order": 1}]


@pytest.fixture
async def service(office: Office) -> AsyncIterator[Crm]:
    async with crm() as service:
        await office.setting("Livechat_Trigger_Private_Addresses", "127.0.0.0/8")
        says(service, {"contents": HELLO})
        yield service


def says(service: Crm, answer: Any, status: int = 200) -> None:
    service.answer = json.dumps(answer)
    service.status = lambda sent: status


async def trigger(office: Office, url: str, **params: object) -> str:
    """The path of its call."""
    action = {
        "name": "use-external-service",
        "params": {"sender": "custom", "name": "Ada", "serviceUrl": url, **params},
    }
    await office.admin.post("livechat/triggers", **TRIGGER | {"actions": [action]})
    [made] = (await office.admin.get("livechat/triggers"))["triggers"]
    return f"livechat/triggers/{made['_id']}/external-service/call"


async def test_a_service_says_what_a_visitor_is_told(office: Office, service: Crm) -> None:
    await office.setting("Livechat_secret_token", "shared secret")
    path = await trigger(office, service.url, serviceTimeout=5000)
    visitor = await office.visitor(name="Maria")
    extra = [{"key": "page", "value": "/prices"}]
    answer = await office.nobody.post(path, token=visitor.token, extraData=extra)
    assert answer == {"response": {"statusCode": 200, "contents": HELLO}, "success": True}
    [sent] = service.got
    keys = ("_id", "token", "username", "name")
    assert json.loads(sent.body) == {
        "triggerId": path.split("/")[2],
        "metadata": extra,
        "visitor": {key: visitor.doc[key] for key in keys} | {"token": handle_of(sent.body)},
    }
    assert visitor.token not in f"{sent.body!r}{sent.headers}"
    assert sent.headers["x-rocketchat-livechat-token"] == "shared secret"
    said = sent.headers["x-parley-signature"]
    at = int(said.partition(",")[0].removeprefix("t="))
    assert said == signature("shared secret", at, sent.body)
    # Of one who has not registered nothing is known but what the widget says.
    await office.nobody.post(path, token="made up")
    assert json.loads(service.got[1].body) == {"triggerId": path.split("/")[2], "metadata": []}


def handle_of(body: bytes) -> str:
    handle = str(json.loads(body)["visitor"]["token"])
    assert len(handle) == 22
    return handle


async def test_the_widget_is_not_told_where_the_service_is(office: Office, service: Crm) -> None:
    await trigger(office, service.url, serviceTimeout=5000, serviceFallbackMessage="later")
    [shown] = await told(office)
    assert shown["actions"][0]["params"] == {
        "sender": "custom",
        "name": "Ada",
        "serviceTimeout": 5000,
        "serviceFallbackMessage": "later",
    }
    [kept] = (await office.admin.get("livechat/triggers"))["triggers"]
    assert kept["actions"][0]["params"]["serviceUrl"] == service.url


async def test_what_is_no_answer_is_the_fallback(
    office: Office, service: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await trigger(office, service.url, serviceFallbackMessage="Write to us")
    fallback = [{"msg": "Write to us", "order": 0}]
    body = {"webhookUrl": service.url, "timeout": "5000", "fallbackMessage": "Write to us"}

    async def answered() -> tuple[Json, str]:
        """By the call, and why by the test."""
        response = (await office.nobody.post(path, token="x"))["response"]
        tested = await office.admin.post(TEST, **body)
        assert tested["triggerId"] == "test-trigger"
        why = tested["response"].pop("error")
        assert tested["response"] == response
        return response, why

    long = {"contents": [{"msg": "x" * 60_000, "order": 0}], "more": "y" * 60_000}
    table = [
        ({"contents": []}, "its answer is none"),
        ({"contents": [{"order": 0}]}, "its answer is none"),
        ({"contents": [{"msg": "x" * 5001}]}, "its answer is none"),
        ({"contents": [{"msg": "x"}] * 21}, "its answer is none"),
        ([], "its answer is none"),
        ("no", "its answer is none"),
        (long, "too long"),
    ]
    for said, trouble in table:
        says(service, said)
        response, why = await answered()
        assert response == {"statusCode": 200, "contents": fallback} and trouble in why
    says(service, {"contents": HELLO}, 500)
    assert await answered() == (
        {"statusCode": 500, "contents": fallback},
        "answered with status 500",
    )
    says(service, {"contents": HELLO}, HANGS)
    body["timeout"] = "50"
    assert (await office.admin.post(TEST, **body))["response"] == {
        "contents": fallback,
        "error": "no answer in time",
    }
    says(service, {"contents": HELLO})
    monkeypatch.setattr(external_service, "_seats", asyncio.Semaphore(0))
    assert await answered() == ({"contents": fallback}, "too many calls wait for services")
    monkeypatch.undo()
    calls = len(service.got)
    await office.setting("Livechat_Trigger_Private_Addresses", "")
    body["timeout"] = "5000"
    response, why = await answered()
    assert (response, "private network" in why) == ({"contents": fallback}, True)
    assert len(service.got) == calls


async def test_what_cannot_be_asked(office: Office, service: Crm) -> None:
    agent = await office.agent()
    tested = {"webhookUrl": service.url, "timeout": 100, "fallbackMessage": "f"}
    assert (await agent.refused("POST", TEST, json=tested))[0] == 403
    table: list[tuple[Json, str]] = [
        ({"webhookUrl": "ftp://x"}, "error-invalid-url"),
        ({"webhookUrl": "http://["}, "error-invalid-url"),
        ({"timeout": 30_001}, "invalid-params"),
        ({"timeout": "soon"}, "invalid-params"),
        ({"fallbackMessage": 1, "webhookUrl": None}, "invalid-params"),
        ({"extraData": [{"key": "k"}]}, "invalid-params"),
    ]
    for more, code in table:
        status, answer = await office.admin.refused("POST", TEST, json=tested | more)
        assert (status, answer["errorType"]) == (400, code), more
    for params, code in [
        ({}, "invalid-params"),
        ({"serviceUrl": "file:///etc/passwd"}, "error-invalid-url"),
        ({"serviceUrl": service.url, "serviceTimeout": 0}, "invalid-params"),
    ]:
        action = {"name": "use-external-service", "params": params}
        body = TRIGGER | {"actions": [action]}
        status, answer = await office.admin.refused("POST", "livechat/triggers", json=body)
        assert (status, answer["errorType"]) == (400, code), params
    assert await told(office) == []
    # No trigger, one that asks nobody, and one that is switched off.
    await office.admin.post("livechat/triggers", **TRIGGER)
    [plain] = await told(office)
    path = "livechat/triggers/{}/external-service/call"
    none = (400, {"success": False, "error": "error-invalid-trigger"})
    for key in ("none", plain["_id"]):
        assert await office.nobody.refused("POST", path.format(key), json={"token": "x"}) == none
    action = {"name": "use-external-service", "params": {"serviceUrl": service.url}}
    changed = TRIGGER | {"_id": plain["_id"], "actions": [action]}
    await office.admin.post("livechat/triggers", **changed | {"enabled": False})
    call = path.format(plain["_id"])
    assert await office.nobody.refused("POST", call, json={"token": "x"}) == none
    assert service.got == []
    await office.admin.post("livechat/triggers", **changed)
    says(service, {}, 503)
    status, answer = await office.nobody.refused("POST", call, json={"token": "x"})
    assert (status, answer["errorType"]) == (400, "error-external-service")
