"""The order of commits: the one place where the engines differ in it.

A *horizon* is a text that says which transactions somebody has seen. On SQLite, whose transactions
run one after another, it is the count of the last. On PostgreSQL transactions become visible in no
order, so it is a snapshot, as PostgreSQL writes one: `least:next:those,between,not,finished`.
"""

import re
from typing import NamedTuple

from parley.db.location import Engine

_SQLITE = re.compile(r"\d{1,18}")
_POSTGRES = re.compile(r"(\d{1,18}):\d{1,18}:(\d{1,18}(,\d{1,18})*)?")
MOST = 4000
"""Characters of a horizon: a PostgreSQL with hundreds of connections that all write."""


class Order(NamedTuple):
    """SQL for one engine. Horizons are bound as text, their `least` as a whole number."""

    horizon: str
    """All that this statement sees."""
    counter: str
    """Rows that are written to `streams` beside a stream's own, to count the transaction."""
    place: str
    """Of a row that this transaction writes; `{count}` is what the counter says."""
    unseen: str
    """Of a row of `outbox` that horizon `{seen}`, whose least is `{least}`, has not."""
    seen: str
    """Of a row that horizon `{seen}` has."""
    ahead: str
    """Of a row that this database cannot have written."""


_ROW = "CAST(CAST(place AS text) AS xid8)"
_SNAPSHOT = "CAST(CAST({seen} AS text) AS pg_snapshot)"
ORDERS: dict[Engine, Order] = {
    "sqlite": Order(
        "CAST(COALESCE((SELECT last FROM streams WHERE name = ''), 0) AS text)",
        ", ('', 1)",
        "{count}",
        "place > {least}",
        "place <= CAST({seen} AS integer)",
        "place > COALESCE((SELECT last FROM streams WHERE name = ''), 0)",
    ),
    "postgres": Order(
        "CAST(pg_current_snapshot() AS text)",
        "",
        "CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
        f"place >= {{least}} AND NOT pg_visible_in_snapshot({_ROW}, {_SNAPSHOT})",
        f"pg_visible_in_snapshot({_ROW}, {_SNAPSHOT})",
        "place >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)",
    ),
}


def least(engine: Engine, horizon: str) -> int:
    """The lowest place that may be unseen by it. ValueError for no horizon of the engine."""
    found = (_SQLITE if engine == "sqlite" else _POSTGRES).fullmatch(horizon)
    if found is None or len(horizon) > MOST:
        raise ValueError("no horizon of this engine")
    return int(horizon) if engine == "sqlite" else int(found[1])
