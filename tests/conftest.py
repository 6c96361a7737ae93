"""Fixtures: both engines, an office in process, a server as a process of its own."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import argon2
import pytest

from parley.accounts import passwords
from parley.db import Database, open_database
from tests.clock import Clock
from tests.office import Office, open_office
from tests.postgres import Postgres, in_a_loop_of_its_own, in_memory
from tests.server import Server

TRUE_HASHER = passwords._hasher


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Most of a test's people would otherwise be the hashing of their passwords."""
    passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def true_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords at the cost that a server hashes them at."""
    monkeypatch.setattr(passwords, "_hasher", TRUE_HASHER)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL on a unix socket, started when the first test asks for it."""
    # Not in pytest's own folder: a later run clears away those of the runs before it.
    with tempfile.TemporaryDirectory(prefix="parley-pg-", dir=in_memory()) as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new SQLite file at this code's version, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "parley.db"
    in_a_loop_of_its_own(_migrate, f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a new database at this code's version, to be copied."""
    name = postgres.create()
    in_a_loop_of_its_own(_migrate, postgres.url(name))
    return name


async def _migrate(url: str) -> None:
    await (await open_database(url)).close()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the engine; a migrated one beside the fixtures that use it at once."""
    new = {"db", "server"}.isdisjoint(request.fixturenames)
    if engine == "sqlite":
        if not new:
            shutil.copy(request.getfixturevalue("migrated"), tmp_path)
        yield f"sqlite:///{tmp_path}/parley.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create("" if new else request.getfixturevalue("migrated_postgres"))
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
async def sqlite_office(tmp_path: Path, migrated: Path) -> AsyncIterator[Office]:
    """An office for what does not depend on the engine."""
    shutil.copy(migrated, tmp_path)
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
