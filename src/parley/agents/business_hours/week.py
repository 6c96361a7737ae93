"""Open or closed, from local wall times (contract/management.md §5.3).

Open is a moment whose weekday and time, as a clock on the wall of the hour's zone shows them, lie
in a shift. A time that the wall skips in spring is nobody's: a shift that begins there begins when
the skip is over. A time that it shows twice in autumn counts both times.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from parley.db.documents import Doc
from parley.zones import find_zone, offset_text, server_zone, shifts

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

HORIZON = timedelta(days=15)
"""A shift that falls into a skipped hour comes again after two weeks; who looks again by then
misses nothing."""

LONGEST = timedelta(days=400)
"""Counted at most, backwards from the end: a chat that was left for years is one long left."""

_DAY = timedelta(days=1)


def zone_of(hour: Doc) -> ZoneInfo:
    # A zone may vanish with an upgrade of the machine's data; the hours stay.
    return find_zone(hour["timezone"]["name"]) or server_zone()


def open_at(hour: Doc, at: datetime) -> bool:
    wall = at.astimezone(zone_of(hour))
    day, clock = DAYS[wall.weekday()], f"{wall:%H:%M}"
    return bool(hour["active"]) and any(
        shift["open"]
        and shift["day"] == day
        and shift["start"]["time"] <= clock < shift["finish"]["time"]
        for shift in hour["workHours"]
    )


def next_change(hour: Doc, after: datetime) -> datetime | None:
    """When it opens or closes next, in UTC; None where that is not within the HORIZON."""
    now_open = open_at(hour, after)
    for moment in _edges(hour, after, after + HORIZON):
        if open_at(hour, moment) != now_open:
            return moment
    return None


def open_seconds(hour: Doc, start: datetime, end: datetime) -> float:
    """How long it was open between the two."""
    start = max(start, end - LONGEST)
    if start >= end:
        return 0.0
    moments = [start.astimezone(UTC), *_edges(hour, start, end), end.astimezone(UTC)]
    spans = ((b - a).total_seconds() for a, b in pairwise(moments) if open_at(hour, a))
    return sum(spans, 0.0)


def _edges(hour: Doc, start: datetime, end: datetime) -> list[datetime]:
    """Every moment strictly between the two at which it may open or close, in UTC and in order."""
    if not hour["active"]:
        return []
    zone = zone_of(hour)
    found = set(shifts(zone, start, end))
    times = _times(hour)
    day, last = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date() + _DAY
    while day <= last:
        for clock in times.get(DAYS[day.weekday()], ()):
            for fold in (0, 1):
                found.add(_moment(day, clock, zone, fold))
        day += _DAY
    return sorted(moment for moment in found if start < moment < end)


def _times(hour: Doc) -> dict[str, set[time]]:
    """{weekday: starts and finishes}."""
    found: dict[str, set[time]] = {}
    for shift in hour["workHours"]:
        if shift["open"]:
            edges = {time.fromisoformat(shift[edge]["time"]) for edge in ("start", "finish")}
            found.setdefault(shift["day"], set()).update(edges)
    return found


def _moment(day: date, clock: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)


def shown(hour: Doc, at: datetime) -> Doc:
    """As the wire has it: each time also in UTC and in the server's zone, for the week of `at`.

    These are told, never read: they are right for that week only.
    """
    zone = zone_of(hour)
    monday = at.astimezone(zone).date()
    monday -= timedelta(days=monday.weekday())
    timezone = {"name": zone.key, "utc": offset_text(at.astimezone(zone).utcoffset())}
    return hour | {
        "timezone": timezone,
        "workHours": [_shift_shown(shift, monday, zone) for shift in hour["workHours"]],
    }


def _shift_shown(shift: Doc, monday: date, zone: ZoneInfo) -> Doc:
    day = monday + timedelta(days=DAYS.index(shift["day"]))
    edges = {}
    for edge in ("start", "finish"):
        text = shift[edge]["time"]
        at = _moment(day, time.fromisoformat(text), zone, 0)
        edges[edge] = {"time": text, "utc": _told(at), "cron": _told(at.astimezone(server_zone()))}
    return shift | edges | {"code": DAYS.index(shift["day"]) + 1}


def _told(at: datetime) -> dict[str, Any]:
    return {"dayOfWeek": DAYS[at.weekday()], "time": f"{at:%H:%M}"}
