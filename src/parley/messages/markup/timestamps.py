"""`<t:1700000000:R>`: a moment that clients show in the reader's own time."""

import re
from datetime import UTC, datetime

from parley import clock

from . import nodes
from .reading import Item

CLOCK = r"\d\d:\d\d"
ZONE = r"(?:[+-]\d\d:\d\d)?"
DATE = rf"\d{{4}}-\d\d-\d\dT{CLOCK}:\d\d(?:\.\d{{3}})?{ZONE}"
BODY = rf"\d{{10}}|{DATE}|{CLOCK}(?::\d\d)?{ZONE}"
TIMESTAMP = re.compile(rf"<t:({BODY})(?::([tTdDfFR]))?>", re.ASCII)
ESCAPED = re.compile(rf"\\(<t:(?:{BODY})(?::[tTdDfFR])?>)", re.ASCII)


def timestamp(text: str, at: int) -> Item | None:
    found = TIMESTAMP.match(text, at)
    if not found:
        return None
    try:
        seconds = unix_seconds(found[1])
    except ValueError:  # a moment that no calendar or clock has
        return None
    return found.end(), nodes.timestamp(seconds, found[2] or "t")


def escaped_timestamp(text: str, at: int) -> Item | None:
    found = ESCAPED.match(text, at)
    return (found.end(), found[1]) if found else None


def unix_seconds(written: str) -> str:
    """A time alone is one of today; without a zone it is UTC. Raises ValueError."""
    if ":" not in written:
        return written
    if "T" not in written:
        written = f"{clock.moment():%Y-%m-%d}T{written}"
    at = datetime.fromisoformat(written)
    return str(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()))
