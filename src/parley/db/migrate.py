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
from parley.errors import Unavailable

_TABLE = "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text, at text)"


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


def _pending(engine: str, done: int) -> list[Migration]:
    migrations = known(engine)
    if migrations and done > migrations[-1].number:
        raise Unavailable(
            f"the database is at version {done}, this parley knows {migrations[-1].number} at most:"
            " run the newer parley"
        )
    return [m for m in migrations if m.number > done]


def migrate_sqlite(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Names of what was applied."""
    connection.execute(_TABLE)
    applied: list[str] = []
    while True:
        done = _version(connection)
        pending = _pending("sqlite", done)
        if not pending:
            return applied
        if done and not applied:
            _copy(connection, Path(f"{path}.before-{pending[0].number:04}"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) == done:
                _apply(connection, pending[0])
                applied.append(pending[0].name)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT COALESCE(max(number), 0) FROM migrations").fetchone()[0])


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
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


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(0o600)
    copy = sqlite3.connect(partial)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    partial.rename(target)


async def migrate_postgres(connection: Any) -> list[str]:
    await connection.execute("SELECT pg_advisory_lock(7270612)")
    try:
        await connection.execute(_TABLE)
        done = await connection.fetchval("SELECT COALESCE(max(number), 0) FROM migrations")
        applied = []
        for migration in _pending("postgres", done):
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO migrations VALUES ($1, $2, $3)", *migration[:2], now()
                )
            applied.append(migration.name)
        return applied
    finally:
        await connection.execute("SELECT pg_advisory_unlock(7270612)")
