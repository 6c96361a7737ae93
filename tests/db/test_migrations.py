"""Migrations: each whole or not at all, once, and never over somebody's only copy."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from parley.db import Database, Reader, Tx, migrate, open_database
from parley.db.documents import Doc, decode, encode
from parley.db.meta import get_mark, set_mark
from parley.errors import Unavailable

SHIPPED = [migration.number for migration in migrate.known("sqlite")]
NEWEST = SHIPPED[-1]
ALL = tuple(migration.name for migration in migrate.known("sqlite"))
NEXT = migrate.Migration(
    NEWEST + 1, "more", "CREATE TABLE more (id text);\nINSERT INTO more VALUES ('x')"
)
BROKEN = migrate.Migration(
    NEWEST + 2, "broken", "CREATE TABLE half (id text);\nINSERT INTO nowhere DEFAULT VALUES;"
)


class Later:
    """Code that knows more migrations than we ship."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shipped = migrate.known
        self._monkeypatch = monkeypatch

    def knows(self, *more: migrate.Migration) -> None:
        self._monkeypatch.setattr(migrate, "known", lambda e: [*self._shipped(e), *more])


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


async def opened(url: str) -> tuple[str, ...]:
    """What opening it applied."""
    db = await open_database(url)
    await db.close()
    return db.applied


async def schema(db: Database, sqlite: bool) -> set[str]:
    sql = (
        # Without what SQLite keeps for itself: statistics, when it sees fit.
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        if sqlite
        else "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    return {row[0] for row in await db.read(lambda q: q.rows(sql))}


async def versions(db: Database) -> list[int]:
    rows = await db.read(lambda q: q.rows("SELECT number FROM migrations ORDER BY number"))
    return [row[0] for row in rows]


async def test_a_failed_migration_leaves_all_as_it_was_and_is_resumed(
    database_url: str, engine: str, code: Later
) -> None:
    sqlite = engine == "sqlite"
    db = await open_database(database_url)
    before = await schema(db, sqlite)
    await db.close()
    code.knows(NEXT, BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        await open_database(database_url)
    code.knows(NEXT)
    db = await open_database(database_url)
    assert await versions(db) == [*SHIPPED, NEWEST + 1]
    assert db.applied == ()
    assert await schema(db, sqlite) - before == {"more"}
    assert await db.read(lambda q: q.value("SELECT id FROM more")) == "x"
    await db.close()
    code.knows(NEXT, BROKEN._replace(sql="CREATE TABLE half (id text);"))
    assert await opened(database_url) == ("broken",)
    assert await opened(database_url) == ()


async def test_a_database_of_a_newer_parley_is_refused(database_url: str, code: Later) -> None:
    code.knows(NEXT)
    await opened(database_url)
    code.knows()
    with pytest.raises(
        Unavailable,
        match=f"at version {NEWEST + 1}, this parley knows {NEWEST} at most: run the newer",
    ):
        await open_database(database_url)
    # A refusal lets go of what it took, the lock of a SQLite file among it.
    code.knows(NEXT)
    assert await opened(database_url) == ()


async def test_who_waited_before_comes_last_rather_than_first(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0021: rooms and inquiries that do not say how urgent they are."""
    shipped = migrate.known
    monkeypatch.setattr(migrate, "known", lambda e: [m for m in shipped(e) if m.number < 21])
    docs: list[Doc] = [{"_id": "old", "rid": "r"}, {"_id": "new", "rid": "s", "priorityWeight": 2}]

    async def insert(tx: Tx) -> None:
        for table in ("rooms", "inquiries"):
            for doc in docs:
                sql = f"INSERT INTO {table} (id, doc) VALUES ($1, $2)"
                await tx.rows(sql, doc["_id"], encode(doc))

    async def read(q: Reader) -> list[Doc]:
        sql = "SELECT doc FROM {} ORDER BY id DESC"
        rows = [await q.rows(sql.format(table)) for table in ("rooms", "inquiries")]
        return [decode(row[0]) for some in rows for row in some]

    db = await open_database(database_url)
    await db.act(insert)
    await db.close()
    monkeypatch.setattr(migrate, "known", shipped)
    db = await open_database(database_url)
    found = await db.read(read)
    await db.close()
    keys = ("_id", "priorityWeight", "estimatedWaitingTimeQueue")
    expected = [("old", 99, 9999999), ("new", 2, 9999999)]
    assert [tuple(doc[key] for key in keys) for doc in found] == expected * 2


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_sqlite_files_are_private_and_copied_before_they_change(
    tmp_path: Path, code: Later
) -> None:
    data = tmp_path / "made" / "data"
    url = f"sqlite:///{data}/parley.db"
    umask = os.umask(0)
    try:
        db = await open_database(url)
        await db.act(set_mark, "kept", "yes")
        names = {"parley.db", "parley.db-shm", "parley.db-wal", "parley.db.lock"}
        assert {path.name: mode(path) for path in data.iterdir()} == dict.fromkeys(names, 0o600)
        assert mode(data) == 0o700
        await db.close()
        code.knows(NEXT)
        assert await opened(url) == ("more",)
        copy = data / f"parley.db.before-{NEWEST + 1:04}"
        assert {path.name: mode(path) for path in data.iterdir()} == dict.fromkeys(
            ["parley.db", "parley.db.lock", copy.name], 0o600
        )
    finally:
        os.umask(umask)
    # It is a whole database of before, which the code of before opens.
    code.knows()
    old = await open_database(f"sqlite:///{copy}")
    assert await old.read(get_mark, "kept") == "yes"
    assert "more" not in await schema(old, True)
    await old.close()


async def test_an_old_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "parley.db").touch(0o644)
    db = await open_database(f"sqlite:///{tmp_path}/parley.db")
    await db.act(set_mark, "a", "b")
    for ending in ("", "-wal", "-shm", ".lock"):
        assert mode(tmp_path / f"parley.db{ending}") == 0o600
    await db.close()


def parley(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "parley", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")},
    )


async def test_many_starts_at_once_migrate_a_new_database_once(
    database_url: str, engine: str
) -> None:
    """On SQLite all but one may be refused instead: one process serves a file."""
    starts = [parley("migrate", "--database", database_url) for _ in range(4)]
    ends = [(start.communicate(timeout=60), start.returncode) for start in starts]
    outcomes = sorted(out.strip() or err.strip() for (out, err), _ in ends)
    if engine == "sqlite":
        file = urlsplit(database_url).path.replace("//", "/")
        refused = f"parley: {file} is already served by another parley process"
        allowed = {"\n".join(ALL): 0, "nothing to do": 0, refused: 1}
    else:
        allowed = {"\n".join(ALL): 0, "nothing to do": 0}
    assert outcomes.count("\n".join(ALL)) == 1
    assert {(out.strip() or err.strip(), code) for (out, err), code in ends} <= allowed.items()
    again = parley("migrate", "--database", database_url)
    assert again.communicate(timeout=60) == ("nothing to do\n", "")
    assert again.returncode == 0


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_many_openings_at_once_of_a_new_database(database_url: str) -> None:
    applied = await asyncio.gather(*(opened(database_url) for _ in range(5)))
    assert sorted(applied) == [(), (), (), (), ALL]


async def test_what_cannot_be_opened_is_said_clearly(postgres: Any, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match='database "nowhere" does not exist'):
        await open_database(postgres.url("nowhere"))
    with pytest.raises(Unavailable):
        await open_database(f"postgresql:///x?host={tmp_path}")
    (tmp_path / "file").write_text("not a database, and long enough to be taken for one" * 50)
    with pytest.raises(Unavailable, match="not a database"):
        await open_database(f"sqlite:///{tmp_path}/file")
    with pytest.raises(Unavailable, match=r"Not a directory|File exists"):
        await open_database(f"sqlite:///{tmp_path}/file/parley.db")
    for url in ("mysql://x", "sqlite:///", "parley.db"):
        with pytest.raises(ValueError, match="sqlite:///"):
            await open_database(url)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE a (x);\n-- the end; really\n",
        "-- first;\nCREATE TABLE a (x)",
        "CREATE TABLE a (x);",
    ],
)
def test_no_statement_of_a_script_is_lost(script: str) -> None:
    connection = sqlite3.connect(":memory:")
    for statement in migrate.statements(script):
        connection.execute(statement)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]
    connection.close()


def test_a_folder_that_others_can_look_into_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It was there before us, perhaps for more than us: we close our files, not the folder."""
    tmp_path.chmod(0o755)
    asyncio.run(opened(f"sqlite:///{tmp_path}/parley.db"))
    assert caplog.messages == [f"others can look into {tmp_path}: chmod 700 closes it"]
    assert mode(tmp_path) == 0o755
    tmp_path.chmod(0o700)
    caplog.clear()
    asyncio.run(opened(f"sqlite:///{tmp_path}/parley.db"))
    assert caplog.messages == []
