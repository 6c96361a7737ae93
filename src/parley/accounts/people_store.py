"""SQL of people as they are listed, counted and removed."""

from parley.accounts.store import search_key
from parley.db.documents import Doc, Params, decode
from parley.db.tx import Reader, Tx

MOST = 1000
"""Of a list that has no pages."""

SORTABLE = {
    "_id": "id",
    "username": "username_key",
    # With the key beside it, PostgreSQL compares by the key's collation, as SQLite does.
    "name": "COALESCE(doc ->> 'name', username_key)",
    "createdAt": "COALESCE(doc ->> 'createdAt', '')",
    "lastLogin": "COALESCE(doc ->> 'lastLogin', '')",
    "active": "active",
    # As there: whoever sorts by status means the account's.
    "status": "active",
}

# Neither engine's LIKE means the same on the other; a role's name in its quotes is a whole item.
_ROLES = "CAST(doc -> 'roles' AS text)"


def holds(mark: str) -> str:
    """SQL predicate; `mark` is the argument of a role's name in its quotes."""
    return f"replace({_ROLES}, {mark}, '') <> {_ROLES}"


async def list_people(
    q: Reader, email: str, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """Documents and how many there are; with `email` only whose first address it is."""
    p = Params()
    where = f"email_key = {p(email.casefold())}" if email else "TRUE"
    return await _page(q, where, p, order, limit, offset)


async def list_in_role(
    q: Reader, role: str, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    p = Params()
    return await _page(q, holds(p(f'"{role}"')), p, order, limit, offset)


async def _page(
    q: Reader, where: str, p: Params, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    total = await q.value(f"SELECT count(*) FROM users WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT doc FROM users WHERE {where} ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [decode(row[0]) for row in rows], total


async def count_active(q: Reader) -> tuple[int, int]:
    """How many people are active: guests, and all others."""
    guests = f"CASE WHEN {holds('$1')} THEN 1 ELSE 0 END"
    sql = f"SELECT COALESCE(sum({guests}), 0), count(*) FROM users WHERE active"
    row = await q.row(sql, '"guest"')
    return (0, 0) if row is None else (int(row[0]), int(row[1]) - int(row[0]))


async def with_more_than(q: Reader, role: str) -> list[Doc]:
    """Everybody who holds another role than this one."""
    rows = await q.rows(
        f"SELECT doc FROM users WHERE replace({_ROLES}, $1, '') <> '[]'"
        " ORDER BY username_key LIMIT $2",
        f'"{role}"',
        MOST,
    )
    return [decode(row[0]) for row in rows]


async def by_ids(q: Reader, ids: list[str]) -> list[Doc]:
    p = Params()
    marks = ", ".join(p(each) for each in ids[:MOST])
    if not marks:
        return []
    rows = await q.rows(
        f"SELECT doc FROM users WHERE id IN ({marks}) ORDER BY username_key", *p.values
    )
    return [decode(row[0]) for row in rows]


async def by_usernames(q: Reader, names: list[str]) -> list[Doc]:
    p = Params()
    marks = ", ".join(p(name.casefold()) for name in names[:MOST])
    if not marks:
        return []
    rows = await q.rows(
        f"SELECT doc FROM users WHERE username_key IN ({marks}) ORDER BY username_key", *p.values
    )
    return [decode(row[0]) for row in rows]


async def usernames(q: Reader, ids: list[str]) -> dict[str, str]:
    """{id: username} of those who are there."""
    p = Params()
    marks = ", ".join(p(each) for each in ids) or "NULL"
    sql = f"SELECT id, doc ->> 'username' FROM users WHERE id IN ({marks})"
    return {row[0]: row[1] for row in await q.rows(sql, *p.values)}


async def changed_since(q: Reader, since: str) -> list[Doc]:
    """People who are active; a status is a change."""
    rows = await q.rows(
        "SELECT doc FROM users WHERE active AND doc ->> '_updatedAt' > $1"
        " ORDER BY username_key LIMIT $2",
        since,
        MOST,
    )
    return [decode(row[0]) for row in rows]


async def not_offline(q: Reader) -> list[Doc]:
    rows = await q.rows(
        "SELECT doc FROM users WHERE active AND status <> 'offline' ORDER BY username_key LIMIT $1",
        MOST,
    )
    return [decode(row[0]) for row in rows]


async def status_is_over(q: Reader, at: str) -> list[str]:
    """Ids of people whose status was to end by then."""
    rows = await q.rows(
        "SELECT id FROM users WHERE doc ->> 'statusExpiresAt' <= $1 ORDER BY id LIMIT $2", at, MOST
    )
    return [row[0] for row in rows]


async def others_active_with(q: Reader, role: str, user_id: str) -> bool:
    """Whether anybody else who is active holds the role."""
    sql = f"SELECT 1 FROM users WHERE active AND id <> $2 AND {holds('$1')} LIMIT 1"
    return await q.value(sql, f'"{role}"', user_id) is not None


async def delete_tokens(tx: Tx, user_id: str) -> None:
    """Sessions and named tokens alike; a mailed link to choose a password, too."""
    await tx.rows("DELETE FROM login_tokens WHERE user_id = $1", user_id)
    await tx.rows("DELETE FROM password_resets WHERE user_id = $1", user_id)


async def delete_person(tx: Tx, user_id: str) -> None:
    """The person and all that proved who they are."""
    await delete_tokens(tx, user_id)
    await tx.rows("DELETE FROM second_factors WHERE user_id = $1", user_id)
    await tx.rows("DELETE FROM login_addresses WHERE user_id = $1", user_id)
    await tx.rows("DELETE FROM users WHERE id = $1", user_id)


async def fold_people(tx: Tx) -> int:
    """Folds the names of a batch of people that an earlier version wrote; how many."""
    rows = await tx.rows(
        "SELECT doc FROM users WHERE search_key IS NULL ORDER BY id LIMIT $1", MOST
    )
    for user in (decode(row[0]) for row in rows):
        sql = "UPDATE users SET search_key = $2 WHERE id = $1 AND search_key IS NULL"
        await tx.rows(sql, user["_id"], search_key(user))
    return len(rows)


async def prepared_at(q: Reader) -> str:
    """When the database was last made or migrated: permissions nobody changed are as old."""
    return str(await q.value("SELECT max(at) FROM migrations"))
