"""Sending spans to the collector. One that is dead costs the spans, and one line of the log."""

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger("parley")


def exporter(url: str) -> SpanExporter:
    return Told(OTLPSpanExporter(endpoint=url))


class Told(SpanExporter):
    """Says once that nothing gets through, and once that it does again.

    OpenTelemetry's own words come several times a batch and quote the URL, which may hold a key.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = exporter
        self._lost = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        lost = result is not SpanExportResult.SUCCESS
        if lost and not self._lost:
            log.warning("traces: the collector does not take them; they are dropped")
        elif self._lost and not lost:
            log.info("traces: the collector takes them again")
        self._lost = lost
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
