"""A status that ends by itself."""

import pytest

from parley.accounts.timed_status import end_statuses
from parley.clock import iso, later, now
from tests.clock import Clock
from tests.office import Client, Json, Office


async def status(person: Client) -> tuple[str, str | None]:
    me = await person.get("me")
    return me["status"], me.get("statusText")


async def test_a_timed_status_falls_back(office: Office, clock: Clock) -> None:
    ann = await office.agent(username="ann")
    await ann.post("users.setStatus", message="at my desk")
    until = later(now(), minutes=30)
    await ann.post("users.setStatus", status="busy", message="lunch", expiresAt=until)
    assert await status(ann) == ("busy", "lunch")
    shown = await office.admin.get("users.getStatus", username="ann")
    timed = {"statusSource": "manual", "statusExpiresAt": until}
    assert shown == {"_id": ann.user_id, "status": "busy", "success": True, **timed}
    (present,) = (await office.admin.get("users.presence"))["users"]
    assert present.items() >= timed.items()

    clock.wait(minutes=30)
    # Read as it is now, before anything has run; routing follows when it has.
    assert await status(ann) == ("online", "at my desk")
    assert (await office.admin.get("users.list", sort='{"name":1}'))["users"][0]["status"]
    assert "statusExpiresAt" not in await ann.get("users.getStatus")
    visitor = await office.visitor()
    await ann.post("users.setStatus", status="offline", expiresAt=later(now(), minutes=5))
    assert (await status(ann))[0] == "offline"
    path = {"params": {"token": visitor.token}}
    assert (await office.nobody.refused("GET", "livechat/room", **path))[0] == 400
    clock.wait(minutes=5)
    await end_statuses(office.db)
    assert (await visitor.room())["servedBy"]["username"] == "ann"


async def test_what_ends_a_timed_status_early(office: Office, clock: Clock) -> None:
    ann = await office.person(username="ann")
    await ann.post("users.setStatus", status="online", message="here")
    until = later(now(), hours=1)

    # Another timed one: what comes back is what was there before both.
    await ann.post("users.setStatus", status="busy", message="lunch", expiresAt=until)
    await ann.post("users.setStatus", status="away", expiresAt=later(now(), hours=2))
    assert await status(ann) == ("away", "lunch")
    clock.wait(hours=2)
    assert await status(ann) == ("online", "here")

    # One for good.
    later_on = later(now(), hours=1)
    await ann.post("users.setStatus", status="busy", message="lunch", expiresAt=later_on)
    await ann.post("users.setStatus", status="away")
    assert await status(ann) == ("away", "here")
    clock.wait(hours=1)
    assert await status(ann) == ("away", "here")

    # A logout: nobody comes back online by themselves.
    await ann.post("users.setStatus", status="online")
    later_on = later(now(), hours=1)
    await ann.post("users.setStatus", status="offline", expiresAt=later_on)
    await ann.post("logout")
    clock.wait(hours=1)
    await end_statuses(office.db)
    seen = await office.admin.get("users.getStatus", username="ann")
    assert seen["status"] == "offline"


@pytest.mark.parametrize("expires_at", ["soon", "2020-01-01T00:00:00.000Z", "9999-99-99"])
async def test_dates_that_are_refused(sqlite_office: Office, expires_at: str) -> None:
    admin = sqlite_office.admin
    body: Json = {"status": "busy", "expiresAt": expires_at}
    code, found = await admin.refused("POST", "users.setStatus", json=body)
    assert (code, found["errorType"]) == (400, "error-invalid-date")


async def test_the_moment_itself_is_past(sqlite_office: Office, clock: Clock) -> None:
    body: Json = {"status": "busy", "expiresAt": iso(clock.at)}
    code, found = await sqlite_office.admin.refused("POST", "users.setStatus", json=body)
    text = "expiresAt must be a future date [error-invalid-date]"
    assert (code, found["error"]) == (400, text)
