"""The operations that are served."""

from docs.generator.markdown import NOTE, code, table
from parley.app import ROUTES
from parley.web.route import Dialect, Route

MEANINGS = {
    Dialect.L: "query and body are checked after the rate limit; a refusal ends with"
    " `[invalid-params]`",
    Dialect.T: "query and body are checked before the rate limit",
    Dialect.C: "checked after the rate limit, in the words of Meteor: `Match error: …`",
}
"""What a caller sees of a dialect."""


def routes_page() -> str:
    parts = [
        f"## {area}\n" + table(("operation", "who", "checks", "what it does"), map(_row, members))
        for area, members in by_area().items()
    ]
    meanings = table(
        ("checks", "meaning"), [(dialect.name, text) for dialect, text in MEANINGS.items()]
    )
    return f"""{NOTE}
# Routes

Every operation of the API. A running server describes itself, with the fields of every query, body
and answer: `/api/docs` is a page for a person, `/api/docs/openapi.json` is OpenAPI 3.1. How they
compare with Rocket.Chat's stands in [Operations](operations.md).

{chr(10).join(parts)}
## How a call is checked
A call is checked in this order: who calls, the permission, the query and the body, the rate limit,
the rest. Rocket.Chat's operations do so in three dialects:

{meanings}"""


def by_area() -> dict[str, list[Route]]:
    found: dict[str, list[Route]] = {}
    for route in ROUTES:
        found.setdefault(area_of(route), []).append(route)
    return found


def area_of(route: Route) -> str:
    """The slice that serves it."""
    name = route.handler.__module__.split(".")[1]
    return name.capitalize()


def summary(route: Route) -> str:
    return (route.handler.__doc__ or "").strip().partition("\n\n")[0]


def _row(route: Route) -> tuple[str, str, str, str]:
    who = who_may(route.permissions)
    if route.second_factor:
        who += "; asks for the second factor"
    return code(f"{route.method} {route.path}"), who, route.dialect.name, summary(route)


def who_may(permissions: tuple[str, ...] | None) -> str:
    if permissions is None:
        return "anybody"
    if not permissions:
        return "anybody logged in"
    return " or ".join(" and ".join(map(code, name.split("+"))) for name in permissions)
