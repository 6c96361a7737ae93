"""What this process counts of its WebSockets, for the metrics."""

from collections import Counter

FRAMES: Counter[str] = Counter()
"""Frames, `in` and `out`."""

CLOSED: Counter[str] = Counter()
"""Closed sockets by the code we closed them with; `client` where they went by themselves."""

OPEN: Counter[str] = Counter()
"""Sockets that are open now, under `all`."""
