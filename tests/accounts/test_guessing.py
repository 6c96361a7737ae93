"""Guessing is slow for whoever guesses, and never keeps the owner out."""

import asyncio
from typing import Any

import httpx
import pytest

from parley.accounts import login, passwords
from parley.app import build_app
from parley.config import Config
from tests.clock import Clock
from tests.office import Client, Office

OWNER, OFFICE = "owner", "192.0.2.7"


class Street:
    """The same office, called from any address; counts the passwords that were really compared."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = build_app(Config(test_mode=True), office.db)
        self.compared = 0
        real = passwords.matches

        async def counted(stored: str | None, digest: str) -> bool:
            self.compared += 1
            return await real(stored, digest)

        monkeypatch.setattr(login, "matches", counted)

    def at(self, address: str) -> Client:
        transport = httpx.ASGITransport(app=self._app, client=(address, 1))
        return Client(httpx.AsyncClient(transport=transport, base_url="http://office"))

    async def guess(self, guesses: int, address: Any) -> set[str]:
        """The errors of so many wrong passwords; `address(n)` tells where the n-th comes from."""
        errors: set[str] = set()
        numbers = iter(range(guesses))

        async def one_after_the_other() -> None:
            clients: dict[str, Client] = {}
            for n in numbers:
                where = address(n)
                client = clients.setdefault(where, self.at(where))
                body = {"user": OWNER, "password": f"guess {n}"}
                status, answer = await client.refused("POST", "login", json=body)
                assert status == 401
                errors.add(answer["error"])

        await asyncio.gather(*(one_after_the_other() for _ in range(16)))
        return errors


@pytest.fixture
async def street(office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Street:
    owner = await office.person(username=OWNER)
    street = Street(office, monkeypatch)
    await log_in(street.at(OFFICE), owner.password)
    street.compared = 0
    return street


PASSWORD = f"password of {OWNER}"


async def log_in(client: Client, password: str = PASSWORD) -> None:
    await client.post("login", user=OWNER, password=password)


async def blocked(client: Client) -> dict[str, Any]:
    body = {"user": OWNER, "password": PASSWORD}
    status, answer = await client.refused("POST", "login", json=body)
    assert status == 401
    return answer


@pytest.mark.parametrize("many", [False, True], ids=["one address", "many addresses"])
async def test_ten_thousand_guesses_cost_ten_comparisons(
    street: Street, clock: Clock, engine: str, many: bool
) -> None:
    guesses = 10_000 if engine == "sqlite" else 1_000
    errors = await street.guess(
        guesses, lambda n: f"198.51.{n // 250}.{n % 250}" if many else "198.51.0.1"
    )
    assert errors == {"Unauthorized", "error-login-blocked-for-user"}
    assert street.compared == 10
    # Where the owner has been before they get in at once, in the midst of it.
    await log_in(street.at(OFFICE))
    # From elsewhere they wait for one try to come back, not for the guesser to give up.
    answer = await blocked(street.at("203.0.113.1"))
    assert answer["error"] == answer["errorType"] == "error-login-blocked-for-user"
    assert answer["details"] == {"unblockAt": clock.wait(seconds=30)}
    await log_in(street.at("203.0.113.1"))
    # Then that address is the owner's own too.
    await street.guess(50, lambda n: f"198.52.{n}.1")
    await log_in(street.at("203.0.113.1"))


async def test_even_from_the_owners_address_tries_come_back(street: Street, clock: Clock) -> None:
    await street.guess(100, lambda n: OFFICE)
    assert street.compared == 10
    answer = await blocked(street.at(OFFICE))
    assert answer["details"] == {"unblockAt": clock.wait(seconds=30)}
    await log_in(street.at(OFFICE))
    await log_in(street.at(OFFICE))  # a right password is no guess


async def test_an_address_that_tries_many_accounts_is_slowed(
    street: Street, office: Office, clock: Clock
) -> None:
    client = street.at("198.51.0.1")
    answers = []
    for n in range(60):
        body = {"user": f"nobody{n}", "password": "password"}
        answers.append((await client.refused("POST", "login", json=body))[1]["error"])
    assert answers == ["Unauthorized"] * 50 + ["error-login-blocked-for-ip"] * 10
    assert street.compared == 50
    assert (await blocked(client))["error"] == "error-login-blocked-for-ip"
    await log_in(street.at(OFFICE))
    await office.setting("Block_Multiple_Failed_Logins_Ip_Whitelist", "203.0.113.9, 198.51.0.1")
    await log_in(client)


@pytest.mark.parametrize("value", [-5, 0, 2**31 - 1])
async def test_no_setting_locks_anybody_out_for_ever(
    street: Street, office: Office, clock: Clock, value: int
) -> None:
    for name in (
        "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User",
        "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes",
    ):
        await office.setting(name, value)
    await street.guess(5, lambda n: "198.51.0.1")
    clock.wait(hours=1)
    await log_in(street.at("203.0.113.1"))


async def test_limits_can_be_switched_off(street: Street, office: Office) -> None:
    await office.setting("Block_Multiple_Failed_Logins_Enabled", False)
    assert await street.guess(20, lambda n: "198.51.0.1") == {"Unauthorized"}
    assert street.compared == 20
