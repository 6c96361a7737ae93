"""Time zones by their IANA names, and the zone this server stands in."""

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")


def find_zone(name: str) -> ZoneInfo | None:
    """None for a name that no zone has; the empty name is the server's zone."""
    if not name:
        return server_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def server_zone() -> ZoneInfo:
    """As TZ or /etc/localtime name it; UTC where neither does."""
    linked = str(LOCALTIME.resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        zone = find_zone(name) if name else None
        if zone is not None:
            return zone
    return ZoneInfo("UTC")


def offset_text(offset: timedelta | None) -> str:
    """`+02:00`."""
    minutes = int((offset or timedelta()).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def shifts(zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The moments, in UTC and in order, at which the zone's offset changes after `start` and up to
    `end`: to summer time and back."""
    found, step = [], timedelta(hours=6)
    at = start.astimezone(UTC)
    while at < end:
        then = min(at + step, end.astimezone(UTC))
        if _offset(zone, at) != _offset(zone, then):
            found.append(_between(zone, at, then))
        at = then
    return found


def _between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second of the one change between two moments."""
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return (before + timedelta(seconds=1)).replace(microsecond=0)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
