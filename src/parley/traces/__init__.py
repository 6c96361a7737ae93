"""OpenTelemetry traces, when the operator asks for them and has installed the extra."""

from typing import Protocol
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from parley.db import Database
from parley.errors import Unavailable

__all__ = ["Traces", "open_traces"]


class Traces(Protocol):
    """`spans.py` has it, and is read only when it is wanted: it needs the extra."""

    def serving(self, app: ASGIApp) -> ASGIApp:
        """The application with a span for each request."""

    def database(self, db: Database) -> Database:
        """The database with a span for each act and read."""

    async def close(self) -> None:
        """Sends what is left, for a few seconds at most."""


def open_traces(url: str) -> Traces | None:
    """`url` of an OTLP http collector; without a path `/v1/traces`. Empty: no traces.

    Raises Unavailable without the extra `traces`, ValueError for another kind of URL.
    """
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("--traces takes the http or https URL of an OTLP collector")
    try:
        from parley.traces.exporting import exporter
        from parley.traces.spans import Spans
    except ModuleNotFoundError as error:
        raise Unavailable("--traces needs an extra: install parley[traces]") from error
    path = parts.path if parts.path.strip("/") else "/v1/traces"
    return Spans(exporter(parts._replace(path=path).geturl()))
