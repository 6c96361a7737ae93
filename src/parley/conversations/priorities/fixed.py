"""The five priorities there are (contract/management.md §15): what they weigh never changes."""

from typing import NamedTuple

from parley.conversations.start import NO_PRIORITY
from parley.db.documents import Doc


class Priority(NamedTuple):
    id: str
    i18n: str
    """Key of the usual name, in English that name itself."""
    weight: int
    """`sortItem`: of those who wait the smallest comes first."""


PRIORITIES = [
    Priority("5f1a0c3be2d94b7c8e6f0101", "Highest", 1),
    Priority("5f1a0c3be2d94b7c8e6f0102", "High", 2),
    Priority("5f1a0c3be2d94b7c8e6f0103", "Medium", 3),
    Priority("5f1a0c3be2d94b7c8e6f0104", "Low", 4),
    Priority("5f1a0c3be2d94b7c8e6f0105", "Lowest", 5),
]
BY_ID = {priority.id: priority for priority in PRIORITIES}


def mark(doc: Doc, priority: Priority | None) -> None:
    """Room or inquiry has this priority from now on, or none."""
    doc.pop("priorityId", None)
    doc["priorityWeight"] = NO_PRIORITY
    if priority is not None:
        doc |= {"priorityId": priority.id, "priorityWeight": priority.weight}
