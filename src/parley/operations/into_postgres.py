"""Restoring into PostgreSQL: one transaction, of which nobody sees anything before its end."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from parley.clock import now
from parley.db.copying import Watch
from parley.db.migrate import (
    LOCK,
    TABLE,
    apply_postgres,
    known,
    migrate_postgres,
    pending,
    version_postgres,
)
from parley.db.postgres import APPLICATION, connect_once, machine_trouble
from parley.errors import Unavailable
from parley.operations.mark import Mark, is_mark, opened
from parley.operations.tables import (
    OF_ITSELF,
    Column,
    columns,
    every_name,
    name_of_replaced,
    tables,
)

TOLD_ROWS = 500
"""Between two words to the watch."""


async def into_postgres(
    url: str, file: Path, mark: Mark, force: bool, watch: Watch | None
) -> tuple[str, list[str]]:
    """(schema that holds the replaced tables, migrations applied). Raises Unavailable."""
    connection = await connect_once(url)
    try:
        with machine_trouble():
            async with connection.transaction():
                kept = await _replace(connection, file, mark, force, watch)
            applied = await migrate_postgres(connection)
            # A planner without statistics would read whole tables until the server made some.
            await connection.execute("ANALYZE")
        return kept, applied
    except asyncpg.PostgresError as error:  # a foreign table in the way, a privilege that lacks, …
        raise Unavailable(str(error)) from error
    finally:
        await connection.close()


async def _replace(
    connection: Any, file: Path, mark: Mark, force: bool, watch: Watch | None
) -> str:
    await _alone(connection)
    version = await version_postgres(connection)
    pending("postgres", version)
    kept = await _make_room(connection, force) if version else ""
    await connection.execute(TABLE)
    for migration in known("postgres"):
        if migration.number <= mark.migration:
            await apply_postgres(connection, migration)
    with opened(file) as source:
        names = tables(source)
        counts = {
            table: source.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in names
        }
        done, total = 0, sum(counts.values())
        for table in names:
            await connection.execute(f"DELETE FROM {table}")
            keys = columns(source, table)
            rows = _told(_rows(source, table, keys), done, total, watch)
            await connection.copy_records_to_table(
                table, records=rows, columns=[key.name for key in keys]
            )
            done += counts[table]
    return kept


async def _alone(connection: Any) -> None:
    """From here on, a server that starts waits for us. Raises Unavailable where one runs."""
    if not await connection.fetchval(f"SELECT pg_try_advisory_xact_lock({LOCK})"):
        raise Unavailable("another parley process is changing the tables of this database")
    others = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = $1 AND pid <> pg_backend_pid()",
        APPLICATION,
    )
    if others:
        raise Unavailable("a parley process uses this database: stop it first")


async def _make_room(connection: Any, force: bool) -> str:
    """Empty tables go; others move to a schema of their own, whose name is the answer."""
    names = [row[0] for row in await connection.fetch(_THERE, sorted(every_name()))]
    used = False
    for table in names:
        sql = f"SELECT EXISTS (SELECT 1 FROM {table})"
        used = used or (table not in OF_ITSELF and await connection.fetchval(sql))
    if not used:
        await connection.execute(f"DROP TABLE {', '.join(names)}")
        return ""
    if not force:
        raise Unavailable("the database holds data: with --force it is kept in a schema of its own")
    kept = name_of_replaced("parley_", now())
    await connection.execute(f"CREATE SCHEMA {kept}")
    for table in names:
        await connection.execute(f"ALTER TABLE {table} SET SCHEMA {kept}")
    return kept


# Tables that our SQL would find under their bare names.
_THERE = (
    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relname = ANY($1)"
    " AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace"
    " ORDER BY c.relname"
)


def _rows(source: sqlite3.Connection, table: str, keys: list[Column]) -> Iterator[tuple[Any, ...]]:
    truths = [n for n, key in enumerate(keys) if key.boolean]
    names = ", ".join(key.name for key in keys)
    for row in source.execute(f"SELECT {names} FROM {table}"):
        if is_mark(table, row):
            continue
        if truths:
            row = tuple(bool(v) if n in truths and v is not None else v for n, v in enumerate(row))
        yield row


def _told(
    rows: Iterator[tuple[Any, ...]], done: int, total: int, watch: Watch | None
) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, done + 1):
        if watch is not None and not number % TOLD_ROWS:
            watch(number, total)
        yield row
