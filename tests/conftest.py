"""Fixtures: both engines, an office in process, a server as a process of its own."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parley.db import Database, open_database
from tests.clock import Clock
from tests.office import Office, open_office
from tests.postgres import Postgres
from tests.server import Server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL on a unix socket, started when the first test asks for it."""
    # Not in pytest's own folder: a later run clears away those of the runs before it.
    with tempfile.TemporaryDirectory(prefix="parley-pg-") as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the engine."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/parley.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def office(db: Database) -> AsyncIterator[Office]:
    """The application in this process, in test mode: no limits, the known admin."""
    async with open_office(db) as opened:
        yield opened


@pytest.fixture
async def sqlite_office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office for what does not depend on the engine."""
    database = await open_database(f"sqlite:///{tmp_path}/parley.db")
    async with open_office(database) as opened:
        yield opened
    await database.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of everything in this process; it starts now, to the whole second."""
    clock = Clock(datetime.now(UTC).replace(microsecond=0))
    monkeypatch.setattr("parley.clock.moment", lambda: clock.at)
    return clock


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """`parley serve` in test mode, not yet started."""
    process = Server(tmp_path / "data", database_url, test_mode=True)
    yield process
    process.kill()
