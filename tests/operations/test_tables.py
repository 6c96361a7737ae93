"""A backup carries rows between engines: both must have the same tables and the same columns."""

import sqlite3
from contextlib import closing

import pytest

from parley.db import Database
from parley.db.migrate import known
from parley.operations.tables import columns, every_name, make_tables, tables

_COLUMNS = (
    "SELECT c.relname, a.attname, CAST(format_type(a.atttypid, a.atttypmod) AS text)"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_the_engines_have_the_same_columns(db: Database) -> None:
    theirs = {
        (table, name, kind == "boolean")
        for table, name, kind in await db.read(lambda q: q.rows(_COLUMNS))
    }
    with closing(sqlite3.connect(":memory:")) as empty:
        make_tables(empty, known("sqlite")[-1].number)
        ours = {
            (table, column.name, column.boolean)
            for table in tables(empty)
            for column in columns(empty, table)
        }
        assert every_name() >= set(tables(empty))
        rows = [empty.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables(empty)]
        assert sum(rows) == 0
    assert theirs == ours
    assert [m[:2] for m in known("postgres")] == [m[:2] for m in known("sqlite")]
