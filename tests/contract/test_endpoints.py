"""Every operation of the areas that are served is there, and lets in whom it should."""

import tomllib
from pathlib import Path
from typing import Any

from parley.app import ROUTES
from tests.office import Client, Office

DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("endpoints.toml").read_text())
SERVED: dict[str, str] = {key: who for area in DATA["served"] for key, who in DATA[area].items()}

TEXT = "You must be logged in to do this."
NOT_LOGGED_IN = {"success": False, "error": TEXT, "status": "error", "message": TEXT}
NOT_PERMITTED = {
    "success": False,
    "error": "User does not have the permissions required for this action [error-unauthorized]",
}
BY_THE_HANDLER = {"success": False, "error": "unauthorized"}


async def ask(client: Client, operation: str) -> tuple[int, Any]:
    method, path = operation.split()
    path = path.replace("users/:type", "users/agent")
    path = "/".join(part.replace(":", "x", 1) for part in path.split("/"))
    more: dict[str, Any] = {} if method == "GET" else {"json": {}}
    answer = await client.call(method, path, **more)
    is_json = answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json() if is_json else answer.text


def needed(permissions: tuple[str, ...] | None) -> str:
    """As the data has it."""
    if permissions is None:
        return "nobody"
    return " | ".join(p.replace("+", " + ") for p in sorted(permissions)) or "login"


async def test_each_is_there_and_asks_for_what_it_should(sqlite_office: Office) -> None:
    office = sqlite_office
    person = await office.person()
    wrong: dict[str, Any] = {}
    for operation, who in SERVED.items():
        if who == "nobody":
            status, answer = await ask(office.nobody, operation)
            if status in (401, 500) or not isinstance(answer, dict):
                wrong[operation] = status, answer
            continue
        if (answer := await ask(office.nobody, operation)) != (401, NOT_LOGGED_IN):
            wrong[operation] = answer
        refusal = BY_THE_HANDLER if who.endswith(", by the handler") else NOT_PERMITTED
        if who != "login" and (answer := await ask(person, operation)) != (403, refusal):
            wrong[operation] = answer
        # Past the door: what the handler itself says of an empty body has its own tests.
        status, answer = await ask(office.admin if who != "login" else person, operation)
        if status in (401, 403, 500) or not isinstance(answer, dict):
            wrong[operation] = status, answer
    assert wrong == {}
    assert len(SERVED) > 50


def test_each_asks_for_these_permissions_and_no_others() -> None:
    routes = {f"{r.method} {r.path.removeprefix('/api/v1/')}": r.permissions for r in ROUTES}
    found = {operation: needed(routes.get(operation)) for operation in SERVED}
    expected = {
        operation: "login"
        if who.endswith(", by the handler")
        else " | ".join(sorted(who.split(" | ")))
        for operation, who in SERVED.items()
    }
    assert found == expected
