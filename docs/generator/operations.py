"""Rocket.Chat's operations, and what became of each here."""

import json
import re
import tomllib
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from docs.generator.markdown import NOTE, code, table
from docs.generator.routes import summary
from parley.app import ROUTES
from parley.web.route import Route

HERE = Path(__file__).parent


class Operation(msgspec.Struct):
    """One row of operations.json: `who` is none, visitor-token, user or provider-signature."""

    method: str
    path: str
    permissions: list[str]
    who: str
    area: str
    tier: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Departures(NamedTuple):
    theirs: dict[str, str]
    """{operation: what differs and why} of what Rocket.Chat has as well"""
    ours: dict[str, str]
    """{operation: what it is for} of what only we have"""


OPERATIONS = msgspec.convert(
    json.loads((HERE / "operations.json").read_text()), type=list[Operation]
)
SERVED = {f"{route.method} {route.path}": route for route in ROUTES}


def departures() -> Departures:
    found = tomllib.loads((HERE / "departures.toml").read_text())
    return Departures(found["differs"], found["ours"])


def state(name: str, differs: dict[str, str]) -> str:
    if name not in SERVED:
        return "not yet"
    return f"differs: {differs[name]}" if differs.get(name) else "works"


def operations_page() -> str:
    differs, ours = departures()
    listed = {operation.name for operation in OPERATIONS}
    ours = ours | {n: marked for n, r in SERVED.items() if (marked := _marked_as_ours(r))}
    areas = []
    for area, members in groupby(sorted(OPERATIONS, key=_by_area), key=_by_area):
        rows = [(code(op.name), op.tier, state(op.name, differs)) for op in members]
        areas.append(f"### {area.replace('-', ' ')}\n{table(('operation', 'tier', 'state'), rows)}")
    more = [
        (code(name), state(name, differs))
        for name in SERVED
        if name not in listed and name not in ours
    ]
    own = [(code(name), text) for name, text in ours.items() if name in SERVED]
    count = len(listed & SERVED.keys())
    return f"""{NOTE}
# Operations

Rocket.Chat 8.6 has {len(OPERATIONS)} Livechat and Omnichannel operations; {count} of them are
served today. *works*: as there. *differs*: what differs on purpose, or is missing, and why; rules
that hold for many operations stand in [Compatibility](../guide/compatibility.md). *not yet*:
planned; it answers 404, like any unknown route. *tier*: premium is what Rocket.Chat asks a licence
for; here nothing does.

## Livechat and Omnichannel
{chr(10).join(areas)}
## Other operations of Rocket.Chat that are served
{table(("operation", "state"), more)}
## Operations that are only ours
{table(("operation", "what it is for"), own)}"""


def _marked_as_ours(route: Route) -> str:
    """The summary of a handler that says `(ours)` or `(ours; …)`."""
    text = summary(route)
    return text if re.search(r"\(ours\b", text) else ""


def _by_area(operation: Operation) -> str:
    return operation.area
