"""Open or closed by the clock on the wall, whatever summer time and the week's edge do."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.agents.business_hours.week import DAYS, next_change, open_at, open_seconds, shown

Shift = tuple[str, str, str]
MINUTE = timedelta(minutes=1)


def hour(zone: str, *shifts: Shift, active: bool = True) -> dict[str, Any]:
    work = [
        {"day": day, "open": True, "start": {"time": start}, "finish": {"time": finish}}
        for day, start, finish in shifts
    ]
    return {"active": active, "timezone": {"name": zone}, "workHours": work}


def daily(start: str, finish: str) -> list[Shift]:
    return [(day, start, finish) for day in DAYS]


def changes(hour: dict[str, Any], start: str, amount: int) -> list[str]:
    """Local times of the next changes, with their offsets."""
    at, found = datetime.fromisoformat(start).replace(tzinfo=UTC), []
    for _ in range(amount):
        then = next_change(hour, at)
        assert then is not None
        at = then
        found.append(at.astimezone(ZoneInfo(hour["timezone"]["name"])).isoformat()[5:])
    return found


CASES = {
    "Berlin, spring: 02:00 becomes 03:00": (
        hour("Europe/Berlin", *daily("02:30", "06:00")),
        "2026-03-28T05:00",
        ["03-29T03:00:00+02:00", "03-29T06:00:00+02:00", "03-30T02:30:00+02:00"],
    ),
    "Berlin, spring: a shift inside the skipped hour": (
        hour("Europe/Berlin", ("Sunday", "02:15", "02:45")),
        "2026-03-23T00:00",
        ["04-05T02:15:00+02:00", "04-05T02:45:00+02:00"],
    ),
    "Berlin, spring: office hours keep to the wall": (
        hour("Europe/Berlin", *daily("08:00", "20:00")),
        "2026-03-28T12:00",
        ["03-28T20:00:00+01:00", "03-29T08:00:00+02:00", "03-29T20:00:00+02:00"],
    ),
    "Berlin, autumn: 02:00 to 03:00 happens twice": (
        hour("Europe/Berlin", ("Sunday", "02:15", "02:45")),
        "2026-10-24T12:00",
        [f"10-25T02:{at}:00+0{n}:00" for n in (2, 1) for at in (15, 45)],
    ),
    "Sao Paulo, midnight is skipped: 00:00 becomes 01:00": (
        hour("America/Sao_Paulo", ("Sunday", "00:00", "08:00"), ("Saturday", "20:00", "23:59")),
        "2018-11-03T12:00",
        ["11-03T20:00:00-03:00", "11-03T23:59:00-03:00", "11-04T01:00:00-02:00"],
    ),
    "Sao Paulo, the last hour of Saturday happens twice": (
        hour("America/Sao_Paulo", ("Saturday", "23:00", "23:30"), ("Sunday", "00:00", "01:00")),
        "2018-02-17T12:00",
        [
            "02-17T23:00:00-02:00",
            "02-17T23:30:00-02:00",
            "02-17T23:00:00-03:00",
            "02-17T23:30:00-03:00",
            "02-18T00:00:00-03:00",
        ],
    ),
    "Kathmandu, a quarter to": (
        hour("Asia/Kathmandu", ("Monday", "00:00", "09:00"), ("Sunday", "18:00", "23:59")),
        "2026-01-04T00:00",
        ["01-04T18:00:00+05:45", "01-04T23:59:00+05:45", "01-05T00:00:00+05:45"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_when_it_opens_and_closes(case: tuple[Any, str, list[str]]) -> None:
    what, start, expected = case
    assert changes(what, start, len(expected)) == expected


def test_what_never_opens_never_changes() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_change(hour("UTC"), at) is None
    closed = hour("UTC", ("Monday", "08:00", "09:00"), active=False)
    assert next_change(closed, at) is None
    assert not open_at(closed, datetime(2026, 1, 5, 8, 30, tzinfo=UTC))


ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
# Weeks in which clocks change somewhere, and an ordinary one.
WEEKS = ["2026-03-26", "2026-10-23", "2018-02-15", "2018-11-01", "2026-04-02", "2026-06-10"]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


shifts = st.tuples(
    st.sampled_from(DAYS), st.integers(0, 1438), st.integers(1, 600), st.booleans()
).map(lambda s: (s[0], clock(s[1]), clock(min(1439, s[1] + s[2])), s[3]))


@settings(max_examples=25, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    week=st.sampled_from(WEEKS),
    shifts=st.lists(shifts, max_size=8),
    active=st.booleans() | st.just(True),
)
def test_minute_by_minute(
    zone: str, week: str, shifts: list[tuple[str, str, str, bool]], active: bool
) -> None:
    """The model looks at the wall each minute, and counts minutes of the day."""
    what = hour(zone, *(shift[:3] for shift in shifts), active=active)
    for work, shift in zip(what["workHours"], shifts, strict=True):
        work["open"] = shift[3]
    start = datetime.fromisoformat(week).replace(tzinfo=UTC)
    local, names = ZoneInfo(zone), "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"

    def model(at: datetime) -> bool:
        wall = at.astimezone(local)
        spent = wall.hour * 60 + wall.minute
        return active and any(
            is_open
            and names.split().index(day) == wall.isoweekday() - 1
            and int(opens[:2]) * 60 + int(opens[3:]) <= spent
            and spent < int(closes[:2]) * 60 + int(closes[3:])
            for day, opens, closes, is_open in shifts
        )

    minutes = [start + n * MINUTE for n in range(4 * 24 * 60)]
    expected = [model(at) for at in minutes]
    turns = [minutes[n] for n in range(1, len(minutes)) if expected[n] is not expected[n - 1]]
    found, at = [], start
    while (then := next_change(what, at)) is not None and then <= minutes[-1]:
        found.append(then)
        at = then
    assert found == turns
    assert open_at(what, start) == expected[0]
    assert all(open_at(what, at) is not open_at(what, at - MINUTE) for at in turns)
    assert open_seconds(what, start, minutes[-1] + MINUTE) == 60 * sum(expected)


def test_what_is_shown_is_of_this_week() -> None:
    what = hour("Asia/Kathmandu", ("Monday", "03:00", "12:00"))
    at = datetime(2026, 1, 7, tzinfo=UTC)
    told = shown(what, at)
    assert told["timezone"] == {"name": "Asia/Kathmandu", "utc": "+05:45"}
    (work,) = told["workHours"]
    assert work["start"]["utc"] == {"dayOfWeek": "Sunday", "time": "21:15"}
    assert work["finish"]["utc"] == {"dayOfWeek": "Monday", "time": "06:15"}
    assert work["code"] == 1
    berlin = hour("Europe/Berlin", ("Monday", "08:00", "09:00"))
    times = [
        shown(berlin, datetime(2026, month, 7, tzinfo=UTC))["workHours"][0]["start"]["utc"]["time"]
        for month in (1, 7)
    ]
    assert times == ["07:00", "06:00"]
