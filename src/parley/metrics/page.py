"""The page, and who may read it."""

import asyncio
import hmac

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    GCCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response

from parley.config import is_loopback
from parley.db import Database
from parley.db.probe import Probe
from parley.errors import Unavailable
from parley.metrics.figures import Figures
from parley.metrics.requests import Requests
from parley.metrics.store import Queue, queue
from parley.web.address import has_proxy_headers

KEEPS = 5.0
"""Seconds the queue's numbers are kept, however many scrape."""
WAITS = 3.0
"""Seconds for a database that hangs; a scraper gives up after ten."""


class Metrics:
    """Counts what this process does; `token` reads it from afar, if there is one."""

    def __init__(self, db: Database, token: str) -> None:
        self._db = db
        self._token = token.encode()
        self._registry = CollectorRegistry()
        self._queue = Probe(self._ask, keeps=KEEPS, waits=WAITS)
        self.requests = Requests()
        self.figures = Figures(db)
        self._registry.register(self.requests)
        self._registry.register(self.figures)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def may_read(self, request: Request) -> bool:
        """Callers on this machine who came by no proxy, and who knows the token."""
        headers = dict(request.scope["headers"])
        direct = request.client is not None and is_loopback(request.client.host)
        if direct and not has_proxy_headers(headers):
            return True
        scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
        known = hmac.compare_digest(shown, self._token)
        return bool(self._token) and scheme.lower() == b"bearer" and known

    async def page(self) -> Response:
        self.figures.queue = await self._queue()
        # Beside the event loop: with many routes it takes a while.
        text = await asyncio.to_thread(generate_latest, self._registry)
        return Response(text, headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _ask(self) -> Queue | None:
        try:
            return await self._db.scan(queue)
        except Unavailable:
            return None
