"""`parley doctor`: looks at everything, changes nothing, beside a running server or without one."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from parley import sealing
from parley.config import Config
from parley.db.copying import Watch
from parley.db.location import engine_of, sqlite_path
from parley.db.migrate import known
from parley.db.snapshot import Snapshot, snapshot
from parley.errors import Unavailable
from parley.operations.doctor import books, database
from parley.operations.doctor.configuration import configuration
from parley.operations.doctor.descriptors import descriptors
from parley.operations.doctor.files import files
from parley.operations.doctor.finding import Finding, error, warning
from parley.operations.doctor.office import office
from parley.operations.doctor.port import port
from parley.operations.doctor.sealed import sealed
from parley.operations.doctor.search import search

Look = Callable[[Snapshot], AsyncIterator[Finding]]

ANY_VERSION: list[Look] = [database.promises, database.integrity]
THIS_VERSION: list[Look] = [
    database.clock,
    office,
    sealed,
    *(rule.look for rule in books.RULES),
    search,
]


async def examine(
    config: Config, on_command_line: set[str], watch: Watch | None = None
) -> list[Finding]:
    """Every finding, in the order of looking; the database is seen as of one moment."""
    sealing.use(config.secret_key, config.data)
    found = [*configuration(config, on_command_line), descriptors()]
    try:
        path = _file(config)
        if path is not None and not path.exists():
            nothing = f"{path} is not there yet"
            return [*found, port(config), warning("files", nothing, "`parley serve` makes it")]
        found += files(path) if path else []
        found.append(port(config))
        async with snapshot(config.database_url) as opened:
            found += await _look(opened, watch)
    except (Unavailable, ValueError, OSError) as trouble:
        remedy = "look at --data and --database, and at the rights of the user who asks"
        found.append(error("database", f"cannot be opened: {trouble}", remedy))
    return found


def _file(config: Config) -> Path | None:
    """Of a SQLite database."""
    url = config.database_url
    return sqlite_path(url) if engine_of(url) == "sqlite" else None


async def _look(opened: Snapshot, watch: Watch | None) -> list[Finding]:
    found = [database.version(opened)]
    newest = known(opened.engine)[-1].number
    looks = ANY_VERSION + (THIS_VERSION if opened.version == newest else [])
    for number, look in enumerate(looks, 1):
        try:
            async with _undone_alone(opened):
                found += [finding async for finding in look(opened)]
        except Unavailable:
            raise
        except Exception as trouble:  # what is damaged may raise anything; the other looks go on
            remedy = "a damaged row or table: restore the newest backup that has it whole"
            what = f"cannot be examined: {type(trouble).__name__}: {trouble}"
            found.append(error("database", what, remedy))
        if watch is not None:
            watch(number, len(looks))
    return found


def _undone_alone(opened: Snapshot) -> AbstractAsyncContextManager[object]:
    """PostgreSQL lets a transaction go on after an error inside a savepoint only."""
    inner: AbstractAsyncContextManager[object] = nullcontext()
    if opened.engine == "postgres":
        inner = opened.connection.transaction()
    return inner
