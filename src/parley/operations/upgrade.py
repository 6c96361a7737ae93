"""What `parley migrate` would do."""

from parley.db.location import engine_of, sqlite_path
from parley.db.migrate import Migration, known, pending
from parley.db.snapshot import snapshot


async def would_apply(url: str) -> list[Migration]:
    """In order; nothing is made or changed. Raises Unavailable."""
    engine = engine_of(url)
    if engine == "sqlite" and not sqlite_path(url).exists():
        return known(engine)
    async with snapshot(url) as found:
        return pending(engine, found.version)
