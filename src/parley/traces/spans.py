"""A span for each request, and in it one for each act and read of the database.

A span tells method, route pattern, status and the names of our own functions: never a path, a
query, a header or a body.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

from parley import __version__
from parley.db import Database
from parley.db.tx import Act, P, Read
from parley.web.matched import NOTHING, matched

T = TypeVar("T")

CLOSING_SECONDS = 3.0
"""For what is not sent yet; a collector that is dead must not hold up the end."""

_PARENT = TraceContextTextMapPropagator()
# An error's own words quote values.
_SILENT: Any = {"record_exception": False, "set_status_on_exception": False}


class Spans:
    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "parley", "service.version": __version__}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("parley", __version__)

    def serving(self, app: ASGIApp) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                await self._request(app, scope, receive, send)
            else:
                await app(scope, receive, send)

        return serve

    async def _request(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"]).get(b"traceparent", b"")
        parent = _PARENT.extract({"traceparent": sent.decode("latin-1")})
        with self._tracer.start_as_current_span(
            "request", parent, SpanKind.SERVER, **_SILENT
        ) as span:

            def noting(message: Any) -> Any:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(StatusCode.ERROR)
                return send(message)

            try:
                await app(scope, receive, noting)
            except Exception:
                span.set_status(StatusCode.ERROR)
                raise
            finally:
                method, route = matched(scope)
                span.set_attribute("http.request.method", method)
                span.update_name(method)
                if route != NOTHING:
                    span.set_attribute("http.route", route)
                    span.update_name(f"{method} {route}")

    def database(self, db: Database) -> Database:
        return _Traced(db, self)

    @contextmanager
    def inner(self, kind: str, fn: Any) -> Iterator[None]:
        """A span within that of the request."""
        name = f"{kind} {getattr(fn, '__qualname__', '')}"
        with self._tracer.start_as_current_span(name, **_SILENT):
            yield

    def flush(self) -> None:
        self._provider.force_flush()

    async def close(self) -> None:
        """Sends what is left, for so long and no longer."""
        # A thread of its own: one of the event loop's is waited for when the process ends.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, CLOSING_SECONDS)


class _Traced(Database):
    """The database as handlers see it, with a span for each of their calls."""

    def __init__(self, db: Database, spans: Spans) -> None:
        super().__init__()
        self._db = db
        self._inner = spans.inner
        self.applied = db.applied
        self.writes = db.writes

    async def read(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._inner("read", fn):
            return await self._db.read(fn, *args, **kwargs)

    async def scan(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._inner("scan", fn):
            return await self._db.scan(fn, *args, **kwargs)

    async def act(self, fn: Act[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._inner("act", fn):
            return await self._db.act(fn, *args, **kwargs)

    def readers(self) -> tuple[int, int]:
        return self._db.readers()

    async def close(self) -> None:
        await self._db.close()
