"""Codes of an authenticator and recovery codes: at login, and where a route asks again."""

from typing import Any

import pyotp
import pytest

from tests.clock import Clock
from tests.office import Client, Office

HOW = {"method": "totp", "codeGenerated": False, "availableMethods": ["totp"]}
TOKEN = "users.generatePersonalAccessToken"


class Authenticator:
    def __init__(self, secret: str, clock: Clock) -> None:
        self._totp, self._clock = pyotp.TOTP(secret), clock

    def code(self) -> str:
        """A code that was not used before: time goes on by a step."""
        self._clock.wait(seconds=30)
        return self._totp.at(self._clock.at)

    def wrong(self) -> str:
        step = self._totp.timecode(self._clock.at)
        near = {self._totp.generate_otp(step + n) for n in (-1, 0, 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


async def enabled(person: Client, clock: Clock) -> tuple[Authenticator, list[str]]:
    proposed = await person.post("users.2fa.enableTOTP")
    assert proposed["url"].startswith("otpauth://totp/Parley:")
    app = Authenticator(proposed["secret"], clock)
    codes = (await person.post("users.2fa.validateTOTP", code=app.code()))["codes"]
    return app, codes


async def login(office: Office, **form: Any) -> tuple[int, dict[str, Any]]:
    headers = form.pop("headers", {})
    response = await office.nobody.call("POST", "login", json=form, headers=headers)
    return response.status_code, response.json()


async def test_a_login_asks_for_it_once_the_password_is_right(office: Office, clock: Clock) -> None:
    person = await office.person(username="ada")
    other = await office.login("ada", person.password)
    app, codes = await enabled(person, clock)
    # Whoever had got in by the password alone is out.
    assert (await other.refused("GET", "me"))[0] == 401
    assert (await person.get("me"))["services"]["totp"] == {"enabled": True}
    assert await person.get("users.2fa.status") == {
        "totp": True,
        "recoveryCodes": 12,
        "success": True,
    }
    form = {"user": "ada", "password": person.password}
    assert (await login(office, user="ada", password="wrong"))[1]["error"] == "Unauthorized"
    status, answer = await login(office, **form)
    assert (status, answer) == (
        401,
        {
            "success": False,
            "error": "totp-required",
            "status": "error",
            "message": "TOTP Required",
            "errorType": "totp-required",
            "details": HOW,
        },
    )
    code = app.code()
    assert (await login(office, **form, code=code))[0] == 200
    status, answer = await login(office, **form, code=code)
    assert (status, answer["error"]) == (401, "totp-invalid")  # it was used
    assert (await login(office, **form, headers={"x-2fa-code": app.code()}))[0] == 200
    assert (await login(office, **form, code=app.wrong()))[1]["error"] == "totp-invalid"
    # Each recovery code once, in any case.
    assert (await login(office, **form, code=codes[0].lower()))[0] == 200
    assert (await login(office, **form, code=codes[0]))[1]["error"] == "totp-invalid"
    assert (await person.get("users.2fa.status"))["recoveryCodes"] == 11


async def test_codes_cannot_be_guessed(office: Office, clock: Clock) -> None:
    person = await office.person(username="ada")
    app, _ = await enabled(person, clock)
    form = {"user": "ada", "password": person.password}
    errors = [(await login(office, **form, code=app.wrong()))[1]["error"] for _ in range(12)]
    assert errors == ["totp-invalid"] * 10 + ["error-login-blocked-for-user"] * 2
    clock.wait(minutes=5)
    assert (await login(office, **form, code=app.code()))[0] == 200
    headers = {"x-2fa-code": app.wrong()}
    tries = [await person.refused("POST", TOKEN, json={"tokenName": "t"}, headers=headers)]
    while tries[-1][1]["errorType"] == "totp-invalid":
        tries.append(await person.refused("POST", TOKEN, json={"tokenName": "t"}, headers=headers))
    assert len(tries) == 11
    assert tries[-1][1]["errorType"] == "totp-max-attempts"


async def test_what_asks_for_it_remembers_half_an_hour(office: Office, clock: Clock) -> None:
    person = await office.person()
    await person.post(TOKEN, tokenName="before")  # who has none is not asked
    app, _ = await enabled(person, clock)
    status, answer = await person.refused("POST", TOKEN, json={"tokenName": "a"})
    assert (status, answer) == (
        400,
        {
            "success": False,
            "error": "TOTP Required [totp-required]",
            "errorType": "totp-required",
            "details": HOW,
        },
    )
    code = {"x-2fa-code": app.code(), "x-2fa-method": "totp"}
    token = await person.call("POST", TOKEN, json={"tokenName": "a"}, headers=code)
    assert token.status_code == 200, token.text
    answer = await person.post(TOKEN, tokenName="free", bypassTwoFactor=True)
    clock.wait(minutes=29)
    await person.post(TOKEN, tokenName="b")
    clock.wait(minutes=1)
    assert (await person.refused("POST", TOKEN, json={"tokenName": "c"}))[0] == 400
    free = Client(office.http, person.headers | {"X-Auth-Token": answer["token"]})
    await free.post(TOKEN, tokenName="c")
    bound = Client(office.http, person.headers | {"X-Auth-Token": token.json()["token"]})
    assert (await bound.refused("POST", TOKEN, json={"tokenName": "d"}))[0] == 400
    await office.setting("Accounts_TwoFactorAuthentication_Enabled", False)
    await bound.post(TOKEN, tokenName="d")


async def test_it_can_be_given_up_and_taken_away(office: Office, clock: Clock) -> None:
    person = await office.person(username="ada")
    refused = await person.refused("POST", "users.2fa.validateTOTP", json={"code": "123456"})
    assert refused[1]["errorType"] == "error-not-allowed"
    app, codes = await enabled(person, clock)
    assert (await person.refused("POST", "users.2fa.enableTOTP"))[0] == 400
    clock.wait(seconds=1)
    new = (await person.post("users.2fa.regenerateCodes", code=codes[3]))["codes"]
    assert len(set(new) | set(codes)) == 24
    for wrong in (codes[4], app.wrong()):
        answer = await person.refused("POST", "users.2fa.disableTOTP", json={"code": wrong})
        assert answer[1]["errorType"] == "totp-invalid"
    clock.wait(seconds=1)
    await person.post("users.2fa.disableTOTP", code=new[0])
    await office.login("ada", person.password)

    await enabled(person, clock)
    other = await office.person()
    body = {"username": "ada"}
    assert (await other.refused("POST", "users.resetTOTP", json=body))[1]["errorType"] == (
        "error-not-allowed"
    )
    clock.wait(seconds=1)
    await office.admin.post("users.resetTOTP", **body)
    assert (await person.refused("GET", "me"))[0] == 401
    await office.login("ada", person.password)
    log = await office.admin.get("audit.events", target=person.user_id, sort='{"ts":1}')
    acts = [(e["t"], e["actor"]["username"]) for e in log["events"][1:]]
    assert acts == [
        ("second-factor.enabled", "ada"),
        ("second-factor.codes", "ada"),
        ("second-factor.disabled", "ada"),
        ("second-factor.enabled", "ada"),
        ("second-factor.reset", office.admin.user_id),
    ]


@pytest.mark.parametrize("code", ["", " ", "x" * 255, "１２３４５６", "\U0001f980"])
async def test_odd_codes_are_wrong_codes(office: Office, clock: Clock, code: str) -> None:
    person = await office.person()
    await enabled(person, clock)
    answer = await person.refused("POST", "users.2fa.disableTOTP", json={"code": code})
    assert answer[1]["errorType"] == "totp-invalid"
