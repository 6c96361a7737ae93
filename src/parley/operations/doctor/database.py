"""The database as its engine sees it: version, integrity, what it promises, its clock."""

import sqlite3
from collections.abc import AsyncIterator

from parley.clock import iso, later, now, seconds
from parley.db.migrate import known
from parley.db.snapshot import Snapshot
from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "database"
LEAST_SQLITE = (3, 38, 0)
LEAST_POSTGRES = 15
DRIFT_SECONDS = 5
AHEAD_SECONDS = 60


def version(found: Snapshot) -> Finding:
    newest = known(found.engine)[-1].number
    if found.version == newest:
        return ok(WHAT, f"{found.engine}, at version {newest}")
    if not found.version:
        return warning(WHAT, "the database is empty", "`parley serve` makes its tables")
    if found.version > newest:
        return error(
            WHAT,
            f"at version {found.version}, this parley knows {newest} at most",
            "run the newer parley",
        )
    return warning(
        WHAT,
        f"at version {found.version}, this parley needs {newest}",
        "`parley migrate`, or the next start of `parley serve`; `parley backup` first",
    )


async def integrity(found: Snapshot) -> AsyncIterator[Finding]:
    if found.engine == "sqlite":
        if sqlite3.sqlite_version_info < LEAST_SQLITE:
            yield error(WHAT, f"SQLite is {sqlite3.sqlite_version}", "3.38 or newer is needed")
        # Ctrl-C is seen between two calls of Python's, and this one takes as long as it takes.
        found.connection.set_progress_handler(lambda: 0, 100_000)
        trouble = [row[0] for row in found.connection.execute("PRAGMA integrity_check(10)")]
        found.connection.set_progress_handler(None, 0)
    else:
        sql = (
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE NOT i.indisvalid AND pg_table_is_visible(c.oid) ORDER BY c.relname LIMIT 10"
        )
        trouble = [f"the index {row[0]} is not valid" for row in await found.q.rows(sql)]
        trouble = trouble or ["ok"]
    if trouble == ["ok"]:
        yield ok(WHAT, "no damage found")
    else:
        yield error(
            WHAT,
            f"damaged: {'; '.join(trouble)}",
            "stop the server, keep the files, restore the newest backup; then ask why (the disk?)",
        )


async def promises(found: Snapshot) -> AsyncIterator[Finding]:
    """What PostgreSQL must be set to, for an acknowledged write to be on disk."""
    if found.engine == "sqlite":
        return
    number = int(await found.q.value("SELECT current_setting('server_version_num')")) // 10000
    if number < LEAST_POSTGRES:
        yield error(WHAT, f"PostgreSQL is {number}", f"{LEAST_POSTGRES} or newer is needed")
    encoding = await found.q.value("SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        yield error(WHAT, f"its encoding is {encoding}", "make it anew with ENCODING 'UTF8'")
    if await found.q.value("SELECT pg_is_in_recovery()"):
        yield error(WHAT, "it is a standby, which takes no writes", "connect to the primary")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if await found.q.value("SELECT current_setting($1)", name) == "off":
            yield error(
                WHAT,
                f"{name} is off: acknowledged messages can be lost when the machine stops",
                f"ALTER SYSTEM SET {name} = on, unless it is off for this role or database only",
            )
    foreign = await found.q.rows(
        "SELECT c.relname FROM pg_class c JOIN pg_class m ON m.relnamespace = c.relnamespace"
        " WHERE m.oid = to_regclass('migrations') AND c.relkind = 'r'"
        " AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY c.relname LIMIT 10"
    )
    if foreign:
        yield error(
            WHAT,
            f"our role does not own {', '.join(row[0] for row in foreign)}",
            "ALTER TABLE … OWNER TO the role of the database URL: migrations change tables",
        )


async def clock(found: Snapshot) -> AsyncIterator[Finding]:
    if found.engine == "postgres":
        drift = abs(seconds(now(), iso(await found.q.value("SELECT clock_timestamp()"))))
        if drift > DRIFT_SECONDS:
            yield warning(
                "clock",
                f"PostgreSQL's clock and ours differ by {drift:.0f} seconds",
                "let both machines follow a time server",
            )
    newest = await found.q.value("SELECT max(ts) FROM messages")
    told = await found.q.value("SELECT max(ts) FROM audit")
    newest = max(newest or "", told or "")
    if newest > later(now(), seconds=AHEAD_SECONDS):
        yield error(
            "clock",
            f"the newest entry is of {newest}, and by our clock that is yet to come",
            "set the clock; new messages sort before that entry until its moment has passed",
        )
    else:
        yield ok("clock", f"the newest entry is of {newest}" if newest else "no entry yet")
