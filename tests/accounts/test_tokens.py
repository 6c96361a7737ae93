"""Personal access tokens: what a bot lives on."""

from tests.clock import Clock
from tests.office import Client, Office

GENERATE, REGENERATE = "users.generatePersonalAccessToken", "users.regeneratePersonalAccessToken"
REMOVE = "users.removePersonalAccessToken"


async def test_a_token_works_until_it_is_removed(office: Office, clock: Clock) -> None:
    person = await office.person()
    made = clock.wait()
    token = (await person.post(GENERATE, tokenName="bridge"))["token"]
    bot = Client(office.http, person.headers | {"X-Auth-Token": token})
    assert len(token) == 43
    clock.wait(days=5000)
    await bot.get("me")
    line = {
        "name": "bridge",
        "createdAt": made,
        "lastTokenPart": token[-6:],
        "bypassTwoFactor": False,
    }
    assert (await bot.get("users.getPersonalAccessTokens"))["tokens"] == [line]
    other = (await bot.post(REGENERATE, tokenName="bridge"))["token"]
    assert (await bot.refused("GET", "me"))[0] == 401
    bot = Client(office.http, person.headers | {"X-Auth-Token": other})
    await bot.post(REMOVE, tokenName="bridge")
    assert (await bot.refused("GET", "me"))[0] == 401


async def test_names_are_one_persons_own(office: Office) -> None:
    ada, grace = await office.person(), await office.person()
    await ada.post(GENERATE, tokenName="bridge")
    await grace.post(GENERATE, tokenName="bridge")
    for path, name, error in (
        (GENERATE, "bridge", "A token with this name already exists [error-token-already-exists]"),
        (GENERATE, "  ", "The 'tokenName' param is required"),
        (REGENERATE, "other", "Token does not exist [error-token-does-not-exists]"),
        (REMOVE, "other", "Token does not exist [error-token-does-not-exists]"),
    ):
        status, answer = await ada.refused("POST", path, json={"tokenName": name})
        assert (status, answer["error"]) == (400, error)
    status, answer = await ada.refused("POST", GENERATE, json={})
    assert answer["error"] == "must have required property 'tokenName'"
    await office.grant("create-personal-access-tokens", "admin")
    for path in (GENERATE, REGENERATE, REMOVE):
        status, answer = await ada.refused("POST", path, json={"tokenName": "bridge"})
        assert answer["error"] == "Not Authorized [not-authorized]"
    assert (await ada.refused("GET", "users.getPersonalAccessTokens"))[0] == 400


async def test_no_token_is_in_the_audit_log(office: Office) -> None:
    person = await office.person()
    token = (await person.post(GENERATE, tokenName="bridge"))["token"]
    await person.post(REMOVE, tokenName="bridge")
    log = await office.admin.get("audit.events", actor=person.user_id)
    assert [e["t"] for e in log["events"]] == ["token.removed", "token.generated"]
    assert log["events"][0]["actor"]["ip"] == "127.0.0.1"
    assert token not in str(log)
    assert token[-6:] not in str(log)


async def test_a_person_has_a_hundred_at_most(office: Office) -> None:
    person = await office.person()
    for n in range(100):
        await person.post(GENERATE, tokenName=f"token {n}")
    _, answer = await person.refused("POST", GENERATE, json={"tokenName": "one more"})
    assert answer["errorType"] == "error-too-many-tokens"
