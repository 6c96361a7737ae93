"""SMS: what Twilio tells becomes messages, and what agents write goes out by Twilio."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.integrations.sms.sending import split
from parley.jobs import Worker, queue
from parley.work import JOBS
from tests.clock import Clock
from tests.integrations.provider import Provider, provider
from tests.office import Client, Office

SITE, TOKEN = "https://chat.example", "the secret of twilio"
PATH = "livechat/sms-incoming/twilio"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def sign(target: str, form: dict[str, str]) -> str:
    text = SITE + target + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), hashlib.sha1)).decode()


def sms(body: str, **more: str) -> dict[str, str]:
    return {"From": "+351 900 100", "To": "+1555", "Body": body, **more}


async def tell(office: Office, form: dict[str, str], query: str = "") -> httpx.Response:
    target = f"/api/v1/{PATH}{query}"
    headers = {"x-twilio-signature": sign(target, form)}
    return await office.nobody.call("POST", PATH + query, data=form, headers=headers)


async def taken(office: Office, form: dict[str, str], query: str = "") -> None:
    response = await tell(office, form, query)
    assert response.status_code == 200, response.text
    assert response.text == "<Response></Response>"
    assert response.headers["content-type"] == "text/xml"


@pytest.fixture
async def twilio(office: Office) -> AsyncIterator[Provider]:
    async with provider() as served:
        for name, value in (
            ("SMS_Enabled", True),
            ("SMS_Twilio_Account_SID", "AC1"),
            ("SMS_Twilio_authToken", TOKEN),
            ("SMS_Twilio_API_URL", served.url),
            ("SMS_Private_Addresses", "127.0.0.1"),
            ("Site_Url", SITE + "/"),
            ("Livechat_Routing_Method", "Auto_Selection"),
        ):
            await office.setting(name, value)
        yield served


async def rooms(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.admin.get("livechat/rooms"))["rooms"]
    return found


async def written(office: Office, room: dict[str, Any]) -> list[dict[str, Any]]:
    """The visitor's messages, oldest first."""
    found = await office.admin.get("channels.messages", roomId=room["_id"])
    return [m for m in reversed(found["messages"]) if "token" in m and "t" not in m]


async def run(office: Office) -> None:
    await Worker(office.db, JOBS).run_what_is_due()


async def jobs(office: Office, kind: str = "sms-out") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.admin.get("jobs.list", kind=kind))["jobs"]
    return found


async def test_an_sms_is_a_message_in_the_room_of_its_number(
    office: Office, twilio: Provider
) -> None:
    agent = await office.agent()
    await taken(office, sms("Olá", MessageSid="SM1"))
    await taken(office, sms("Olá", MessageSid="SM1"))  # told twice
    await taken(office, sms("again", MessageSid="SM2"))
    [room] = await rooms(office)
    assert room["source"] == {"type": "sms", "alias": "twilio", "destination": "+1555"}
    assert room["sms"] == {"from": "+1555"}
    assert room["servedBy"]["_id"] == agent.user_id
    assert room["v"]["username"] == "351900100"
    assert [m["msg"] for m in await written(office, room)] == ["Olá", "again"]
    await taken(office, sms("to another number") | {"To": "+1666"})
    await agent.post("livechat/room.closeByUser", rid=room["_id"], comment="done")
    await taken(office, sms("next day"))
    assert len(await rooms(office)) == 3
    visitors = {each["v"]["_id"] for each in await rooms(office)}
    assert len(visitors) == 1
    # Who only says that the number is theirs gets nothing of it.
    stranger = await office.visitor(phone="+351 900 100")
    assert stranger.id not in visitors


async def test_only_the_providers_own_messages_are_taken(office: Office, twilio: Provider) -> None:
    await office.agent()
    form, right = sms("hi"), sign(f"/api/v1/{PATH}", sms("hi"))
    for signature in ("", "x", "é", right[:-2] + "A=", sign(f"/api/v1/{PATH}?a=b", form)):
        headers = {"x-twilio-signature": signature.encode().decode("latin-1").encode("latin-1")}
        answer = await office.nobody.call("POST", PATH, data=form, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "Invalid request")
    answer = await office.nobody.call(
        "POST", PATH, data=form | {"Body": "other"}, headers={"x-twilio-signature": right}
    )
    assert answer.json()["error"] == "Invalid request"
    assert (await tell(office, {"From": "+1"})).json()["error"] == "Invalid data"
    other = await office.nobody.refused("POST", "livechat/sms-incoming/other", data=form)
    assert other[1]["error"] == "Invalid service"
    await office.setting("SMS_Enabled", False)
    assert (await tell(office, form)).json()["error"] == "error-sms-service-disabled"
    await office.setting("SMS_Enabled", True)
    await office.setting("SMS_Twilio_authToken", "")
    assert (await tell(office, form)).json()["error"] == "Invalid request"
    assert await rooms(office) == []


async def test_a_refusal_is_told_in_the_providers_words(office: Office, twilio: Provider) -> None:
    response = await tell(office, sms("anybody?"))
    assert response.status_code == 200
    assert response.text == (
        "<Response><Message>Sorry, no online agents [no-agent-online]</Message></Response>"
    )


async def test_files_places_and_location_come_along(office: Office, twilio: Provider) -> None:
    agent = await office.agent()
    first = await office.department(agent)
    chosen = await office.department(agent, name="Sales")
    await office.setting("SMS_Default_Omnichannel_Department", first["_id"])
    field = {"field": "city", "label": "City", "scope": "visitor", "visibility": "visible"}
    await office.admin.post(
        "livechat/custom-fields.save", customFieldId=None, customFieldData=field
    )
    twilio.serves("/pixel", PIXEL)
    moved = twilio.serves("/moved", b"", "307 Temporary Redirect", f"Location: {twilio.url}/pixel")
    more = {
        "NumMedia": "3",
        "MediaUrl0": moved,
        "MediaContentType0": "image/png",
        "MediaUrl1": twilio.serves("/gone", b"", "404 Not Found"),
        "MediaContentType1": "image/png",
        "MediaUrl2": "http://169.254.169.254/latest",
        "MediaContentType2": "image/png",
        "FromCity": "Porto",
        "FromZip": "4000",
        "Latitude": "41.1",
        "Longitude": "-8.6",
    }
    await taken(office, sms("look", **more), "?department=Sales")
    [room] = await rooms(office)
    assert room["departmentId"] == chosen["_id"]
    [message] = await written(office, room)
    assert message["location"] == {"type": "Point", "coordinates": [-8.6, 41.1]}
    assert message["file"]["type"] == "image/png"
    image, notice = message["attachments"]
    assert image["image_dimensions"] == {"width": 1, "height": 1}
    assert notice["color"] == "yellow"
    assert [got.head.split()[1] for got in twilio.got] == ["/moved", "/pixel", "/gone"]
    assert all("authorization: basic" in got.head.lower() for got in twilio.got)
    visitor = await office.admin.get("livechat/visitors.info", visitorId=room["v"]["_id"])
    assert visitor["visitor"]["livechatData"] == {"city": "Porto"}
    bytes_of = await office.http.get(image["title_link"], headers=agent.headers)
    assert bytes_of.content == PIXEL
    await office.setting("FileUpload_MaxFileSize", 10)
    await taken(office, sms("big", NumMedia="1", MediaUrl0=moved, MediaContentType0="image/png"))
    # Without the query it goes to the default department, in a room of its own.
    small = next(each for each in await rooms(office) if each["departmentId"] == first["_id"])
    [message] = await written(office, small)
    assert [each["color"] for each in message["attachments"]] == ["yellow"]


async def serve(office: Office) -> tuple[Client, str]:
    agent = await office.agent()
    await taken(office, sms("hi"))
    return agent, (await rooms(office))[0]["_id"]


async def test_what_an_agent_writes_is_sent(office: Office, twilio: Provider, clock: Clock) -> None:
    agent, room = await serve(office)
    await agent.post("chat.postMessage", roomId=room, text="Bom dia & até já")
    twilio.statuses = ["503 Busy"]
    await run(office)
    assert [(job["state"], job["error"]) for job in await jobs(office)] == [("waiting", "NotAsked")]
    clock.wait(minutes=1)
    await run(office)
    assert [job["state"] for job in await jobs(office)] == ["done"]
    first, second = twilio.got
    assert (
        first.form
        == second.form
        == {
            "From": ["+1555"],
            "To": ["+351 900 100"],
            "Body": ["Bom dia & até já"],
        }
    )
    assert first.head.startswith("POST /2010-04-01/Accounts/AC1/Messages.json ")
    assert base64.b64encode(f"AC1:{TOKEN}".encode()).decode() in first.head
    twilio.statuses = ["400 Bad Request"]
    await agent.post("chat.postMessage", roomId=room, text="x")
    await run(office)
    failed = next(job for job in await jobs(office) if job["state"] == "failed")
    assert failed["error"] == "Twilio refuses the message: status 400, code 21211"
    # A visitor's own messages and those of the server are nobody's SMS.
    await agent.post("livechat/room.closeByUser", rid=room, comment="bye")
    await run(office)
    assert len(twilio.got) == 3


async def test_long_texts_and_files_are_sent(office: Office, twilio: Provider) -> None:
    agent, room = await serve(office)
    await office.setting("FileUpload_ProtectFiles", True)
    text = " ".join(f"word{n}" for n in range(500))
    await agent.post("chat.postMessage", roomId=room, text=text)
    await run(office)
    bodies = [got.form["Body"][0] for got in twilio.got]
    assert len(bodies) == 3
    assert " ".join(bodies) == text
    sent = {"file": ("pixel.png", PIXEL, "image/png")}
    await agent.call("POST", f"rooms.upload/{room}", files=sent)
    await run(office)
    [link] = twilio.got[-1].form["MediaUrl"]
    assert link.startswith(SITE)
    parts = urlsplit(link)
    path = f"{parts.path}?{parts.query}"
    assert (await office.http.get(path)).content == PIXEL
    assert (await office.http.get(parts.path)).status_code == 403
    until = parse_qs(parts.query)["until"][0]
    later = path.replace(until, "2999" + until[4:])
    assert (await office.http.get(later)).status_code == 403
    zipped = {"file": ("a.zip", b"PK\x03\x04" + b"\0" * 30, "application/zip")}
    await agent.call("POST", f"rooms.upload/{room}", files=zipped)
    await run(office)
    assert "left out" in next(j["error"] for j in await jobs(office) if j["state"] == "failed")


async def test_no_request_leads_into_a_private_network(office: Office, twilio: Provider) -> None:
    agent, room = await serve(office)
    await office.setting("SMS_Private_Addresses", "")
    await agent.post("chat.postMessage", roomId=room, text="x")
    await run(office)
    assert twilio.got == []
    assert [job["error"] for job in await jobs(office)] == ["NotAsked"]


@settings(max_examples=50, deadline=None)
@given(st.text(" \nab", max_size=60), st.integers(1, 12))
def test_parts_hold_all_that_was_written(text: str, longest: int) -> None:
    parts = split(text, longest)
    assert all(0 < len(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


async def test_the_queue_of_jobs_holds_no_text(office: Office, twilio: Provider) -> None:
    agent, room = await serve(office)
    await agent.post("chat.postMessage", roomId=room, text="a secret of two")
    [job] = await office.db.act(queue.take, ["sms-out"], 5)
    assert set(job.doc) == {"_id"}
