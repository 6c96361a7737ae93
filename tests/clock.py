"""A clock that stands still until it is told to go on."""

from datetime import datetime, timedelta

from parley.clock import iso


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def wait(self, **delta: float) -> str:
        """`clock.wait(minutes=5)`: the time it is then, as the wire has it."""
        self.at += timedelta(**delta)
        return iso(self.at)
