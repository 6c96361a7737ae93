"""`parley restore`: the state of a backup in a database of either engine.

What was there before is kept under another name, unless it was empty. A restore that does not come
to its end leaves the database as it was.
"""

from pathlib import Path
from typing import NamedTuple

from parley.db.copying import Watch, half_of
from parley.db.location import engine_of, sqlite_path
from parley.operations.into_postgres import into_postgres
from parley.operations.into_sqlite import into_sqlite
from parley.operations.mark import Mark, check


class Restored(NamedTuple):
    mark: Mark
    kept: str
    """Where the data that was replaced is now; empty when there was none."""
    applied: list[str]
    """Migrations that brought an older backup to this version."""


async def restore(url: str, file: Path, *, force: bool, watch: Watch | None = None) -> Restored:
    """Raises Unavailable: a file that is no whole backup, a database in use, or, without `force`,
    one that holds data.
    """
    mark = check(file, half_of(watch, first=True))
    watch = half_of(watch, first=False)
    if engine_of(url) == "sqlite":
        kept, applied = into_sqlite(sqlite_path(url), file, mark, force, watch)
    else:
        kept, applied = await into_postgres(url, file, mark, force, watch)
    return Restored(mark, kept, applied)
