"""Logs go to standard error: text on a terminal, JSON lines otherwise.

Nothing logs a URL, a header or a body: tokens travel in all three. A traceback is logged without
the errors' own words, which quote values.
"""

import logging
import sys
import traceback
from typing import Any

from pythonjsonlogger.json import JsonFormatter


def configure_logs() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(terminal=sys.stderr.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # uvicorn's own lines tell of its internals, ours say where it listens; httpx's hold the URLs of
    # webhooks and the like, which may be secrets.
    for name in ("uvicorn", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    """False for what a client alone brings about, with a traceback each time: bytes that are no
    text. Their socket is closed for it."""
    return "Invalid UTF-8" not in str(record.msg)


def formatter(*, terminal: bool) -> logging.Formatter:
    if terminal:
        return _Plain("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
    return _Json("%(asctime)s %(levelname)s %(name)s %(message)s", json_ensure_ascii=False)


class _Plain(logging.Formatter):
    """One line a message, whatever somebody made the message say."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, the base's name
        record.message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802, the base's name
        return _where(ei[1])


class _Json(JsonFormatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802, the base's name
        return _where(ei[1])


def _where(error: BaseException) -> str:
    """The traceback, the types of the error and its causes, and no value."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    text = "".join(traceback.format_tb(error.__traceback__)) + kind
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return text if cause is None else f"{_where(cause)}\n\nwhich led to\n\n{text}"
