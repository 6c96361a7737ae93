"""SQL of users, login tokens and permissions."""

from typing import Any, NamedTuple

from parley.clock import now
from parley.db.documents import Doc, decode, encode, insert, save
from parley.db.tx import Reader, Tx


class LookUp(NamedTuple):
    policy_version: int
    user: str | None
    """The user's document, when the token is theirs."""
    expires_at: str | None


async def look_up(q: Reader, token_hash: str, user_id: str) -> LookUp:
    """Who holds the token, and the version of settings and permissions: every request's first."""
    row = await q.row(
        "SELECT p.version, u.doc, t.expires_at FROM policy p"
        # Nothing but the hash finds the token: by its user it would be one of thousands for a bot
        # that logs in every time, and both engines like that index as well.
        " LEFT JOIN login_tokens t ON t.hash = $1"
        " LEFT JOIN users u ON u.id = t.user_id AND u.id = $2",
        token_hash,
        user_id,
    )
    if row is None:
        raise LookupError("the policy row is gone")
    return LookUp(row[0], row[1], row[2])


async def credentials(q: Reader, column: str, key: str) -> tuple[Doc, str | None] | None:
    """(user document, password hash) by `username_key` or `email_key`."""
    row = await q.row(f"SELECT doc, password FROM users WHERE {column} = $1", key)
    return None if row is None else (decode(row[0]), row[1])


async def find_by_username(q: Reader, username: str) -> Doc | None:
    doc = await q.value("SELECT doc FROM users WHERE username_key = $1", username.casefold())
    return None if doc is None else decode(doc)


async def anybody(q: Reader) -> bool:
    return await q.value("SELECT id FROM users LIMIT 1") is not None


async def insert_user(tx: Tx, user: Doc, password: str | None) -> bool:
    """False when the id, the username or the e-mail address is taken."""
    emails = user.get("emails") or []
    email_key = emails[0]["address"].casefold() if emails else None
    return await insert(
        tx,
        "users",
        user,
        password=password,
        username_key=user["username"].casefold(),
        email_key=email_key,
    )


async def taken(q: Reader, column: str, key: str) -> bool:
    return await q.value(f"SELECT id FROM users WHERE {column} = $1", key) is not None


async def set_password(tx: Tx, user: Doc, password: str) -> None:
    await save(tx, "users", user, password=password)


async def insert_token(tx: Tx, token_hash: str, user_id: str, expires_at: str) -> None:
    await tx.rows(
        "INSERT INTO login_tokens (hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        user_id,
        now(),
        expires_at,
    )


async def delete_token(tx: Tx, token_hash: str) -> None:
    await tx.rows("DELETE FROM login_tokens WHERE hash = $1", token_hash)


async def resumed(q: Reader, token_hash: str) -> Doc | None:
    """The active user whose unexpired token this is."""
    doc = await q.value(
        "SELECT u.doc FROM login_tokens t JOIN users u ON u.id = t.user_id"
        " WHERE t.hash = $1 AND t.expires_at > $2 AND u.active",
        token_hash,
        now(),
    )
    return None if doc is None else decode(doc)


async def prune_tokens(tx: Tx) -> None:
    await tx.rows("DELETE FROM login_tokens WHERE expires_at < $1", now())


async def changed_grants(q: Reader) -> dict[str, Doc]:
    """{permission: document} of every permission whose roles were changed."""
    docs = [decode(row[0]) for row in await q.rows("SELECT doc FROM permissions")]
    return {doc["_id"]: doc for doc in docs}


async def put_grant(tx: Tx, permission: str, roles: list[str]) -> None:
    doc: dict[str, Any] = {"_id": permission, "roles": roles, "_updatedAt": now()}
    await tx.rows(
        "INSERT INTO permissions (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = $2",
        permission,
        encode(doc),
    )
