"""The tests look at every answer as it is described: that look must be able to fail."""

from typing import Any

import httpx
import msgspec
import pytest

from parley.errors import NotFound
from parley.web.route import Call, Dialect, Route
from tests.described import Description, Undescribed
from tests.office import Client, Office
from tests.web.bare import Bare

PATH = "/api/v1/thing"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Right(msgspec.Struct, forbid_unknown_fields=True):
    part: Part
    size: int | msgspec.UnsetType = msgspec.UNSET


class Missing(msgspec.Struct, forbid_unknown_fields=True):
    part: Part
    size: int


class WithoutKey(msgspec.Struct, forbid_unknown_fields=True):
    size: int | msgspec.UnsetType = msgspec.UNSET


class OtherType(msgspec.Struct, forbid_unknown_fields=True):
    part: str


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class OtherPart(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Deep(msgspec.Struct, forbid_unknown_fields=True):
    part: OtherPart


async def act(services: Any, call: Call) -> dict[str, Any]:
    """Answers with a part."""
    return {"part": {"name": "x"}}


async def nowhere(services: Any, call: Call) -> dict[str, Any]:
    """Answers with a 404."""
    raise NotFound


async def broken(services: Any, call: Call) -> dict[str, Any]:
    """Fails."""
    raise RuntimeError("on purpose")


async def ask(route: Route) -> None:
    async with Bare([route]).client() as http:
        http.event_hooks["response"].append(Description([route]).check)
        await http.get("thing")


def of(answer: type[msgspec.Struct] | None, **more: Any) -> Route:
    return Route("GET", PATH, more.pop("handler", act), Dialect.L, answer=answer, **more)


async def test_a_right_answer_passes() -> None:
    await ask(of(Right))
    await ask(of(Right, handler=nowhere, also=(404,)))


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (of(Missing), '"size" is a required property'),
        (of(WithoutKey), "Additional properties are not allowed"),
        (of(Nothing), "Additional properties are not allowed"),
        (of(OtherType), "part: .* is not of type"),
        (of(Deep), "part: Additional properties are not allowed"),
        (of(None), "the content type application/json is not described"),
        (of(Right, handler=nowhere), "404: the status is not described"),
        (of(Right, handler=broken), "500: the status is not described"),
    ],
)
async def test_a_wrong_one_does_not(route: Route, fault: str) -> None:
    with pytest.raises(Undescribed, match=fault):
        await ask(route)


async def test_a_path_that_is_not_there_has_its_own_answer() -> None:
    with pytest.raises(Undescribed, match="no such operation"):
        async with Bare([of(Right)]).client() as http:
            http.event_hooks["response"].append(Description([]).check)
            await http.get("thing")


async def test_every_client_of_an_office_looks(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[httpx.Request] = []

    def fault(self: Description, method: str, path: bytes, response: httpx.Response) -> str:
        seen.append(response.request)
        return "found by the test"

    monkeypatch.setattr(Description, "fault", fault)
    for client in (sqlite_office.admin, sqlite_office.nobody, Client(sqlite_office.http)):
        with pytest.raises(Undescribed, match="found by the test"):
            await client.get("me")
    assert len(seen) == 3
