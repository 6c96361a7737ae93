"""A database of an earlier parley, made by its own code: migrated, nothing in it is changed."""

import gzip
import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from parley.db import open_database
from parley.db.migrate import known
from parley.db.snapshot import snapshot
from parley.operations.backup import backup
from parley.operations.restore import restore
from tests.operations.command import environment, healthy
from tests.server import Server

KEPT = Path(__file__).parent / "upgrade"
DOCUMENTS = (
    *("users", "contacts", "departments", "department_agents", "visitors", "rooms"),
    *("subscriptions", "inquiries", "messages", "settings", "permissions"),
)

# Half of the next migration, written as far as the disk; then kill -9.
KILLED = """
import asyncio, os, sqlite3, sys
from pathlib import Path
from parley.db import migrate, open_database
from parley.operations import into_sqlite
from parley.operations.restore import restore

statements = migrate.statements

def half(script):
    found = list(statements(script))
    return found[: len(found) // 2]

def in_sqlite(connection, migration):
    connection.execute("PRAGMA cache_size = 1")
    for statement in half(migration.sql):
        connection.execute(statement)
    os.kill(os.getpid(), 9)

async def in_postgres(connection, migration):
    for statement in half(migration.sql):
        await connection.execute(statement)
    os.kill(os.getpid(), 9)

migrate.apply_sqlite = into_sqlite.apply_sqlite = in_sqlite
migrate.apply_postgres = in_postgres
url, file = sys.argv[1:]
asyncio.run(restore(url, Path(file), force=False) if file else open_database(url))
"""


def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KEPT / "0001.json").read_text())
    return found


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The file as the code of migration 0001 left it."""
    file = tmp_path / "old" / "parley.db"
    file.parent.mkdir(mode=0o700)
    return unpacked(file)


def unpacked(file: Path) -> Path:
    file.write_bytes(gzip.decompress((KEPT / "0001.db.gz").read_bytes()))
    file.chmod(0o600)
    return file


@pytest.fixture
async def backup_of_old(old: Path) -> Path:
    file = old.with_name("backup")
    mark = await backup(f"sqlite://{old}", file, force=False)
    assert mark.migration == 1
    return file


def documents(file: Path) -> dict[str, list[tuple[str, str]]]:
    with closing(sqlite3.connect(file)) as connection:
        sql = "SELECT id, doc FROM {} ORDER BY id"
        return {table: connection.execute(sql.format(table)).fetchall() for table in DOCUMENTS}


async def same_documents(url: str, old: Path) -> None:
    async with snapshot(url) as found:
        for table, rows in documents(old).items():
            now = await found.q.rows(f"SELECT id, doc FROM {table} ORDER BY id")
            assert [tuple(row) for row in now] == rows


def same_answers(url: str, data: Path) -> None:
    """To the tokens of then; and the passwords of then still open the door."""
    expected = told()
    server = Server(data, url)
    try:
        server.start()
        with httpx.Client(base_url=f"{server.url}/api/v1/") as http:
            assert len(expected["answers"]) > 20
            for asked in expected["answers"]:
                headers = expected["logins"].get(asked["who"], {}).get("headers", {})
                answer = http.get(asked["path"], params=asked["query"], headers=headers)
                assert answer.text == asked["answer"]
            for name, login in expected["logins"].items():
                body = {"user": name, "password": login["password"]}
                assert http.post("login", json=body).status_code == 200
        assert server.stop() == 0
    finally:
        server.kill()


async def test_it_is_served_as_it_was(
    database_url: str, engine: str, old: Path, tmp_path: Path
) -> None:
    before = unpacked(tmp_path / "before.db")
    if engine == "sqlite":
        database_url = f"sqlite://{old}"
        db = await open_database(database_url)
        await db.close()
        applied = list(db.applied)
    else:
        # The way to grow: whatever SQLite had, at its own version, then migrated there.
        await backup(f"sqlite://{old}", tmp_path / "backup", force=False)
        applied = (await restore(database_url, tmp_path / "backup", force=False)).applied
    assert applied == [migration.name for migration in known("sqlite")[1:]]
    await same_documents(database_url, before)
    healthy(database_url)
    same_answers(database_url, tmp_path / "data")
    healthy(database_url)


def killed(url: str, file: Path | None = None) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, url, str(file or "")], env=environment(), timeout=60
    )
    assert done.returncode == -signal.SIGKILL


async def test_killed_in_the_middle_of_a_migration(
    database_url: str, engine: str, old: Path, backup_of_old: Path
) -> None:
    if engine == "sqlite":
        database_url = f"sqlite://{old}"
        killed(database_url)
    else:
        killed(database_url, backup_of_old)
    async with snapshot(database_url) as found:
        assert found.version == 1
    db = await open_database(database_url)
    await db.close()
    assert db.applied == tuple(migration.name for migration in known("sqlite")[1:])
    await same_documents(database_url, backup_of_old)
    healthy(database_url)


async def test_a_file_that_was_being_restored_when_all_stopped(
    old: Path, backup_of_old: Path, tmp_path: Path
) -> None:
    """It was being made beside its place, which stays empty: nothing half is ever served."""
    url = f"sqlite://{tmp_path}/new/parley.db"
    killed(url, backup_of_old)
    assert not (tmp_path / "new/parley.db").exists()
    await restore(url, backup_of_old, force=False)
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"parley.db", "parley.db.lock"}
    await same_documents(url, old)
    healthy(url)
