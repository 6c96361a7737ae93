"""Parley's own tables, as a SQLite file has them at a given version.

Both engines have the same tables and the same ordinary columns: a backup carries rows from either
to either without knowing what they mean.
"""

import sqlite3
from contextlib import closing
from typing import NamedTuple

from parley.db.migrate import TABLE, apply_sqlite, known


class Column(NamedTuple):
    name: str
    boolean: bool
    """SQLite keeps 0 and 1 where PostgreSQL wants false and true."""
    binary: bool
    """Holds pieces of files: a row is big."""


def make_tables(empty: sqlite3.Connection, version: int) -> None:
    """All tables of the version, without any row, inside the caller's transaction."""
    empty.execute(TABLE)
    for migration in known("sqlite"):
        if migration.number <= version:
            apply_sqlite(empty, migration)
    for table in tables(empty):
        empty.execute(f"DELETE FROM {table}")


def tables(connection: sqlite3.Connection) -> list[str]:
    """Without those of the full text: triggers fill them wherever `message_words` is filled."""
    sql = (
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite@_%' ESCAPE '@' AND name <> 'message_fts_fresh'"
    )
    return [row[0] for row in connection.execute(f"{sql} ORDER BY name")]


def columns(connection: sqlite3.Connection, table: str) -> list[Column]:
    """Those that are written; the database makes the others from them."""
    rows = connection.execute(
        f"SELECT name, type FROM pragma_table_xinfo('{table}') WHERE NOT hidden"
    )
    return [Column(name, kind.lower() == "boolean", kind.lower() == "blob") for name, kind in rows]


def every_name() -> set[str]:
    """Of each table that any version we know has had."""
    names = {"migrations"}
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.execute(TABLE)
        for migration in known("sqlite"):
            apply_sqlite(empty, migration)
            names.update(tables(empty))
    return names


OF_ITSELF = {"migrations", "meta", "policy"}
"""Rows of these tell of the database, not of people: what has no others is empty."""


def name_of_replaced(name: str, at: str) -> str:
    """`parley.db` is kept as `parley.db.replaced_20260131t093000`."""
    return f"{name}replaced_{at[:19].replace('-', '').replace(':', '').lower()}"
