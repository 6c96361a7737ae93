"""The zone that reports and transcripts tell times in (contract/management.md §9)."""

from collections.abc import Mapping
from datetime import timedelta, timezone, tzinfo
from typing import Any

from parley.zones import find_zone, offset_text, server_zone

MOST_HOURS = 24


def reporting_zone(settings: Mapping[str, Any], offset: Any = None) -> tzinfo:
    """`offset`: hours east of UTC of whoever asks, where the setting says `user`.

    A zone that is not known, or nobody's offset, is the server's zone.
    """
    chosen = settings["Default_Timezone_For_Reporting"]
    if chosen == "user" and type(offset) in (int, float) and abs(offset) < MOST_HOURS:
        return timezone(timedelta(hours=offset))
    if chosen == "custom":
        return find_zone(str(settings["Default_Custom_Timezone"])) or server_zone()
    return server_zone()


def zone_name(zone: tzinfo) -> str:
    """`Europe/Berlin`, `UTC`, or `UTC+02:00` for what is no more than an offset."""
    if key := getattr(zone, "key", ""):
        return str(key)
    return f"UTC{offset_text(zone.utcoffset(None))}"
