"""SQL statements of requests, told by route."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from parley.app import ROUTES
from parley.web.trie import Trie
from tests.clock import Clock
from tests.office import Office

Counted = dict[str, int]
"""The most SQL statements of a request, by `GET /api/v1/…`."""
OF_NOBODY = "/api/v1/omnichannel/outbound/providers/:id/"
"""There are no such providers: these routes find none."""


@asynccontextmanager
async def counting(office: Office, clock: Clock) -> AsyncIterator[Counted]:
    """What requests cost meanwhile. They must come one after another."""
    trie, counted, before = Trie(), dict[str, int](), [0]
    for route in ROUTES:
        trie.add(route.method, route.path, f"{route.method} {route.path}")

    async def begin(request: httpx.Request) -> None:
        # Messages of one moment may have to look for a place in the index.
        clock.wait(milliseconds=1)
        before[0] = office.db.statements

    async def end(response: httpx.Response) -> None:
        request = response.request
        found = trie.find(request.method, request.url.raw_path.partition(b"?")[0])
        if found is not None:
            await response.aread()
            expected = 404 if OF_NOBODY in found[0] else 200
            assert response.status_code == expected, (request, response.text)
            spent = office.db.statements - before[0]
            counted[found[0]] = max(spent, counted.get(found[0], 0))

    hooks = office.http.event_hooks
    hooks["request"].append(begin)
    hooks["response"].insert(0, end)
    yield counted
    hooks["request"].remove(begin)
    hooks["response"].remove(end)


async def policy_read(office: Office) -> None:
    """What follows a changed setting or permission reads it anew; OPTIONS is of no route."""
    await office.http.request("OPTIONS", "/api/v1/me")
