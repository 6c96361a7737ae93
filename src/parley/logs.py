"""Logs go to standard error: text on a terminal, JSON lines otherwise.

Nothing logs a URL, a header or a body: tokens travel in all three.
"""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


class _Plain(logging.Formatter):
    """One line a message, whatever somebody made the message say."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, the base's name
        record.message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.message)
        return super().formatMessage(record)


def configure_logs() -> None:
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(_Plain("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    else:
        handler.setFormatter(
            JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", json_ensure_ascii=False)
        )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # uvicorn's own lines tell of its internals; ours say where it listens.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
