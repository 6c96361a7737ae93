"""Where a reader of events stands: opaque text, good in every process of one database.

Events have no common number: PostgreSQL's transactions become visible in no order. So the text says
what had been seen (a horizon, db/order.py); inside what was told at once, also up to which event.
"""

import time
from typing import NamedTuple

from parley.db.location import Engine
from parley.db.order import least
from parley.events import Event

KEEPS_SECONDS = 6.9 * 86400
"""Events are kept for 7 days; a cursor that nears them might have lost some."""
LONGEST = 10_000


class Cursor(NamedTuple):
    epoch: str
    at: int
    """Seconds since 1970, when it was handed out."""
    policy: int
    """Of the settings and permissions by which it was decided who is told."""
    seen: str
    upto: str = ""
    """Empty unless the reader stands within what came between `seen` and this."""
    key: tuple[int, str, int] = (0, "", 0)
    """Of the last event told."""

    def text(self) -> str:
        parts = [self.epoch, str(self.at), str(self.policy), self.seen]
        if self.upto:
            place, stream, number = self.key
            parts += [self.upto, str(place), str(number), stream]
        return "~".join(parts)


def parse_cursor(text: str, engine: Engine, epoch: str) -> Cursor | None:
    """None for what is too old, another database's, or no cursor at all."""
    parts = text.split("~", 7)
    if len(text) > LONGEST or len(parts) not in (4, 8) or parts[0] != epoch:
        return None
    try:
        cursor = Cursor(epoch, int(parts[1]), int(parts[2]), parts[3])
        least(engine, cursor.seen)
        if len(parts) == 8:
            least(engine, parts[4])
            key = (int(parts[5]), parts[7], int(parts[6]))
            cursor = cursor._replace(upto=parts[4], key=key)
    except ValueError:
        return None
    return cursor if time.time() - KEEPS_SECONDS < cursor.at else None


class Positions:
    """Cursors of what is told at once: of each event, and of the end."""

    def __init__(self, epoch: str, policy: int, seen: str, upto: str) -> None:
        self._within = Cursor(epoch, int(time.time()), policy, seen, upto)

    def after(self, event: Event) -> str:
        return self._within._replace(key=event.key).text()

    def end(self) -> str:
        return self._within._replace(seen=self._within.upto, upto="").text()
