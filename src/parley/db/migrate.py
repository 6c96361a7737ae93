"""Numbered SQL files, each in a transaction of its own with its version row.

Two starts at once are safe: the version is read inside the transaction (SQLite) or under an
advisory lock (PostgreSQL). A SQLite file is copied before a migration changes it.
"""

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from parley.clock import now
from parley.db.copying import Watch, copy_to_file
from parley.errors import Unavailable

LOCK = 7270612
"""PostgreSQL's advisory lock: whoever makes or changes tables holds it."""

TABLE = "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text, at text)"
_NEWEST = "SELECT COALESCE(max(number), 0) FROM migrations"


class Migration(NamedTuple):
    number: int
    name: str
    sql: str


def known(engine: str) -> list[Migration]:
    folder = files("parley.db").joinpath("migrations", engine)
    return sorted(
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text())
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )


def pending(engine: str, done: int) -> list[Migration]:
    """What a database at this version lacks. Raises Unavailable when a newer parley made it."""
    migrations = known(engine)
    if migrations and done > migrations[-1].number:
        raise Unavailable(
            f"the database is at version {done}, this parley knows {migrations[-1].number} at most:"
            " run the newer parley"
        )
    return [m for m in migrations if m.number > done]


def migrate_sqlite(
    connection: sqlite3.Connection, path: Path, watch: Watch | None = None
) -> list[str]:
    """Names of what was applied."""
    connection.execute(TABLE)
    applied: list[str] = []
    while True:
        done = _version(connection)
        missing = pending("sqlite", done)
        if not missing:
            return applied
        if done and not applied:
            copy_to_file(connection, Path(f"{path}.before-{missing[0].number:04}"), watch)
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) == done:
                apply_sqlite(connection, missing[0])
                applied.append(missing[0].name)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def version_sqlite(connection: sqlite3.Connection) -> int:
    """The number of the newest migration; 0 for a file that no parley has prepared."""
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"
    return _version(connection) if connection.execute(sql).fetchone() else 0


async def version_postgres(connection: Any) -> int:
    """The same."""
    if not await connection.fetchval("SELECT to_regclass('migrations') IS NOT NULL"):
        return 0
    return int(await connection.fetchval(_NEWEST))


def refuse_pending(engine: str, done: int) -> None:
    """Raises Unavailable unless the database is at this code's version."""
    if missing := pending(engine, done):
        newest = missing[-1].number
        what = f"is at version {done}, this parley needs {newest}" if done else "does not exist yet"
        raise Unavailable(f"the database {what}: run `parley migrate` or `parley serve` first")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute(_NEWEST).fetchone()[0])


def apply_sqlite(connection: sqlite3.Connection, migration: Migration) -> None:
    """Inside the caller's transaction."""
    for statement in statements(migration.sql):
        connection.execute(statement)
    connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (*migration[:2], now()))


def statements(script: str) -> Iterator[str]:
    # executescript() would commit the open transaction first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement  # without its semicolon; or a comment, which does nothing


async def migrate_postgres(connection: Any) -> list[str]:
    """Names of what was applied."""
    await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
    try:
        await connection.execute(TABLE)
        done = await connection.fetchval(_NEWEST)
        applied = []
        for migration in pending("postgres", done):
            async with connection.transaction():
                await apply_postgres(connection, migration)
            applied.append(migration.name)
        return applied
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({LOCK})")


async def apply_postgres(connection: Any, migration: Migration) -> None:
    """Inside the caller's transaction."""
    await connection.execute(migration.sql)
    await connection.execute("INSERT INTO migrations VALUES ($1, $2, $3)", *migration[:2], now())
