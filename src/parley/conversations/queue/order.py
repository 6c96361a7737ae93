"""The one order of those who wait (contract/management.md §4.2): lists, places and giving out."""

from collections.abc import Mapping
from typing import Any

_FIRST = {
    "Timestamp": "",
    # What is not said counts last: 99, and 9999999 minutes.
    "Priority": "i.priority, ",
    "SLAs": "i.patience, ",
}


def queue_order(settings: Mapping[str, Any]) -> str:
    """SQL after ORDER BY, on the row `i` of inquiries; total, so that places never tie."""
    return f"{_FIRST[settings['Omnichannel_sorting_mechanism']]}i.ts, i.updated_at DESC, i.id"
