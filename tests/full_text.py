"""SQLite writes its full text when so many rows wait; tests have few, and make it fewer."""

from parley.db import Database, Tx
from parley.db.sqlite import Sqlite


async def write_each(db: Database, rows: int) -> None:
    """From now on, as soon as so many rows wait."""
    if not isinstance(db, Sqlite):
        return

    async def act(tx: Tx) -> None:
        name = "message_fts_enough"
        sql: str = await tx.value("SELECT sql FROM sqlite_master WHERE name = $1", name)
        assert ">= 500" in sql
        await tx.rows(f"DROP TRIGGER {name}")
        await tx.rows(sql.replace(">= 500", f">= {rows}"))

    await db.act(act)
