"""What a database knows of itself: who made it, and for what."""

from parley.db.tx import Reader, Tx

DEMO = "demo"
TEST_MODE = "test-mode"


async def get_mark(q: Reader, name: str) -> str | None:
    value: str | None = await q.value("SELECT value FROM meta WHERE id = $1", name)
    return value


async def set_mark(tx: Tx, name: str, value: str) -> None:
    await tx.rows(
        "INSERT INTO meta (id, value) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = $2",
        name,
        value,
    )
