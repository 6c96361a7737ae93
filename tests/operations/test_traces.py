"""Traces: one span a request, which tells the route and nothing of what was sent."""

import asyncio
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from parley.app import build_app
from parley.config import Config
from parley.db import Database
from parley.errors import Unavailable
from parley.traces import open_traces
from parley.traces.exporting import Told
from parley.traces.spans import Spans
from tests.office import Office
from tests.server import Server

ROUTE = "/api/v1/livechat/visitor/:token"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@asynccontextmanager
async def traced(db: Database) -> AsyncIterator[tuple[httpx.AsyncClient, Spans, Any]]:
    """An application on this database, its spans, and where they arrive."""
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)
    app = build_app(Config(), db, traces=spans)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        yield http, spans, exporter
    await spans.close()


def requests(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]


async def test_a_request_is_a_span_and_its_database_calls_are_within(office: Office) -> None:
    await office.visitor(token="secret")
    async with traced(office.db) as (http, spans, exporter):
        await http.get(
            "/api/v1/livechat/visitor/secret",
            params={"asked": "secret"},
            headers={"traceparent": PARENT, "X-Auth-Token": "secret", "X-User-Id": "secret"},
        )
        body = {"visitor": {"token": "secret", "name": "secret"}}
        await http.post("/api/v1/livechat/visitor", json=body)
        await http.get("/secret", headers={"traceparent": "secret"})
        await http.get("/health/live")
        spans.flush()
    whole = exporter.get_finished_spans()
    found = requests(exporter)
    assert [span.name for span in found] == [
        f"GET {ROUTE}",
        "POST /api/v1/livechat/visitor",
        "GET",
        "GET /health/live",
    ]
    assert dict(found[0].attributes or {}) == {
        "http.request.method": "GET",
        "http.route": ROUTE,
        "http.response.status_code": 200,
    }
    assert [span.attributes["http.response.status_code"] for span in found if span.attributes] == [
        200,
        200,
        404,
        200,
    ]
    first, *others = found
    assert first.parent is not None
    assert first.parent.trace_id == int(TRACE, 16) == first.context.trace_id
    assert [span.parent for span in others] == [None] * 3
    within = [s for s in whole if s.parent and s.parent.span_id == others[0].context.span_id]
    assert within, whole
    assert {span.name.split()[0] for span in within} == {"read", "act"}
    assert "secret" not in "".join(span.to_json() for span in whole)
    assert found[0].resource.attributes["service.name"] == "parley"


async def test_an_error_is_marked_and_not_quoted(sqlite_office: Office) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("secret")

    async with traced(sqlite_office.db) as (http, spans, exporter):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite_office.db, "read", fail)
            assert (await http.get("/api/v1/me")).status_code == 500
        failing = spans.serving(fail)
        with pytest.raises(RuntimeError):
            await failing(
                {"type": "http", "headers": [], "method": "GET"}, cast(Any, fail), cast(Any, fail)
            )
        spans.flush()
    assert [not span.status.is_ok for span in requests(exporter)] == [True, True]
    assert "secret" not in "".join(span.to_json() for span in exporter.get_finished_spans())


class Stuck(SpanExporter):
    """A collector that takes the spans and never answers."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.free = threading.Event()

    def export(self, spans: Any) -> SpanExportResult:
        self.asked.set()
        self.free.wait()
        return SpanExportResult.FAILURE


async def test_a_collector_that_hangs_holds_up_nothing(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
    monkeypatch.setattr("parley.traces.spans.CLOSING_SECONDS", 0.01)
    stuck = Stuck()
    spans = Spans(stuck)
    app = build_app(Config(), sqlite_office.db, traces=spans)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        await http.get("/health/live")
        await asyncio.to_thread(stuck.asked.wait)
        # More than is kept for it: the oldest are dropped.
        for _ in range(3000):
            assert (await http.get("/health/live")).status_code == 200
    await spans.close()
    stuck.free.set()


def test_a_dead_collector_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([False, False, True, True, False])

    class Moody(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS if next(answers) else SpanExportResult.FAILURE

    told = Told(Moody())
    with caplog.at_level("INFO"):
        for _ in range(5):
            told.export([])
    assert [re.sub(".*collector ", "", message) for message in caplog.messages] == [
        "does not take them; they are dropped",
        "takes them again",
        "does not take them; they are dropped",
    ]


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The URL of an HTTP server that takes everything, and (path, body) of what came."""
    came: list[tuple[str, bytes]] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_server_sends_what_is_left_when_it_stops(server: Server) -> None:
    with collector() as (url, came):
        server.start("--traces", url)
        httpx.get(f"{server.url}/api/v1/me?secret=secret")
        assert server.stop() == 0
    [(path, body)] = came
    assert path == "/v1/traces"
    sent = ExportTraceServiceRequest.FromString(body)
    names = {s.name for r in sent.resource_spans for c in r.scope_spans for s in c.spans}
    assert "GET /api/v1/me" in names
    assert b"secret" not in body


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_server_whose_collector_is_dead_serves_and_stops(server: Server) -> None:
    with collector() as (url, _):
        pass
    server.start("--traces", url)
    assert httpx.get(f"{server.url}/health/ready").status_code == 200
    assert server.stop() == 0
    assert not [entry for entry in server.log if url in str(entry)]


def test_what_traces_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_traces("") is None
    for url in ("collector:4318", "ftp://collector", "http://"):
        with pytest.raises(ValueError, match="http or https"):
            open_traces(url)
    monkeypatch.delitem(sys.modules, "parley.traces.spans")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(Unavailable, match=r"parley\[traces\]"):
        open_traces("http://collector")
