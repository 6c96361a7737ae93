"""A route is plain data: the router, the checks and the documentation read the same row."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from parley.web.caller import Caller


class Dialect(Enum):
    """How a route's query and body are validated (contract/core.md §1.2, §1.3)."""

    L = "legacy: AJV after the rate limit, text ends with [invalid-params]"
    T = "typed: AJV before the rate limit, no suffix"
    C = "Meteor's check: `Match error: …`, after the rate limit"


class _Nothing:
    def __aiter__(self) -> "_Nothing":
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


LOGIN: tuple[str, ...] = ()
"""Permissions of a route that any person who is logged in may call."""


@dataclass(slots=True)
class Call:
    """What a handler gets. `query` and `body` are instances of the route's Structs.

    `raw` is the checked body as a dict, for schemas that are open to unknown keys.
    """

    caller: Any
    path: Mapping[str, str]
    query: Any
    body: Any
    raw: Any
    address: str
    headers: Mapping[bytes, bytes]
    stream: AsyncIterator[bytes] = _Nothing()  # noqa: RUF009 (it holds nothing)
    """The body of a route that `streams`, unread."""
    realtime: Any = None
    """What the application has for a route that `lasts`."""

    def header(self, name: str) -> str:
        return self.headers.get(name.encode(), b"").decode("latin-1")


Handler = Callable[[Any, Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """`permissions`: None for everybody, LOGIN, or several of which one suffices.

    A `+` joins those that are needed together: `view-l-room+transfer-livechat-guest`. Without a
    schema the query, or the body, is not looked at.

    `answer` describes what the handler returns, for the API's own description; no request reads it.
    The first line of the handler's docstring is the route's summary there.
    """

    method: str
    path: str
    handler: Handler
    dialect: Dialect
    permissions: tuple[str, ...] | None = None
    query: type[msgspec.Struct] | None = None
    body: Any = None
    """A Struct, or a list of them."""
    reads: type[msgspec.Struct] | None = None
    """The body of a handler that checks it by itself, in `raw`; for the description only."""
    answer: type[msgspec.Struct] | None = None
    second_factor: bool = False
    """Asks a person who has a second factor for it (contract/core.md §1.2, step 9)."""
    streams: bool = False
    """Its body is a form with a file (multipart), which the handler reads by itself as it arrives;
    `reads` tells of its fields."""
    lasts: Mapping[str, type[msgspec.Struct]] | None = None
    """Its answer is a stream of events that stays open (web/lasting.py): the data of each, by its
    name. `answer` is the one that it is about."""
    also: tuple[int, ...] = ()
    """Statuses that the handler itself answers with, beside those that follow from the above."""


def permitted(route: Route, caller: Caller) -> bool:
    needed = route.permissions
    # First the plain ones at once, which are nearly all: no permission's name holds a `+`.
    if not needed or caller.may(*needed):
        return True
    return any("+" in n and all(caller.may(p) for p in n.split("+")) for n in needed)
