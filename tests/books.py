"""What the doctor calls the books: asked of an office in a test."""

from parley.operations.doctor.books import RULES
from tests.office import Office


async def broken(office: Office) -> dict[str, list[str]]:
    """{what should hold: ids of rows that break it}."""
    found = {}
    for rule in RULES:
        rows = await office.db.scan(lambda q, sql=rule.sql: q.rows(sql))  # type: ignore[misc] # a default
        if rows:
            found[rule.holds] = [row[0] for row in rows]
    return found
