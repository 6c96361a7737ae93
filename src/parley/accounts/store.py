"""SQL of users, login tokens and permissions."""

from typing import Any, NamedTuple

from parley.clock import now
from parley.db.documents import Doc, Params, decode, encode, fold, insert, save
from parley.db.tx import Reader, Tx

MOST_TOKENS = 1000
"""Looked up by one statement."""


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


async def look_up_all(q: Reader, token_hashes: list[str]) -> dict[str, LookUp]:
    """{token: what `look_up` tells of it}, of `MOST_TOKENS` at most; of whomever they are."""
    p = Params()
    marks = ", ".join(p(each) for each in token_hashes)
    rows = await q.rows(
        "SELECT t.hash, p.version, u.doc, t.expires_at FROM policy p"
        f" JOIN login_tokens t ON t.hash IN ({marks}) JOIN users u ON u.id = t.user_id",
        *p.values,
    )
    return {row[0]: LookUp(row[1], row[2], row[3]) for row in rows}


class Credentials(NamedTuple):
    user: Doc
    password: str | None
    second_factor: bool
    familiar: bool
    """The person has logged in from this address before."""


async def credentials(q: Reader, column: str, key: str, address: str) -> Credentials | None:
    """By `id`, `username_key` or `email_key`."""
    row = await q.row(
        "SELECT u.doc, u.password, f.enabled, a.last_at FROM users u"
        " LEFT JOIN second_factors f ON f.user_id = u.id"
        " LEFT JOIN login_addresses a ON a.user_id = u.id AND a.address = $2"
        f" WHERE u.{column} = $1",
        key,
        address,
    )
    if row is None:
        return None
    return Credentials(decode(row[0]), row[1], bool(row[2]), row[3] is not None)


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
        search_key=search_key(user),
    )


def search_key(user: Doc) -> str:
    """What a person is looked for by: names and address, folded. No term holds a line's end."""
    texts = [user.get("username"), user.get("name")]
    texts += [email["address"] for email in user.get("emails") or []]
    return "\n".join(fold(text) for text in texts if text)


async def save_user(tx: Tx, user: Doc) -> str | None:
    """Writes the document with the keys of its names; which name another person has, if any.

    The caller holds `lock_names`.
    """
    email = user["emails"][0]["address"] if user.get("emails") else None
    keys = {"username_key": user["username"].casefold(), "email_key": email and email.casefold()}
    for column, key in keys.items():
        sql = f"SELECT id FROM users WHERE {column} = $1 AND id <> $2"
        if key and await tx.value(sql, key, user["_id"]) is not None:
            return str(user["username"] if column == "username_key" else email)
    await save(tx, "users", user, **keys, search_key=search_key(user))
    return None


async def lock_names(tx: Tx) -> None:
    """Before a name or an address is given to anybody: two would find it free."""
    await tx.lock("accounts", "names")


async def taken(q: Reader, column: str, key: str) -> bool:
    return await q.value(f"SELECT id FROM users WHERE {column} = $1", key) is not None


async def set_password(tx: Tx, user: Doc, password: str) -> None:
    await save(tx, "users", user, password=password)


async def password_of(q: Reader, user_id: str) -> str | None:
    """The hash."""
    found: str | None = await q.value("SELECT password FROM users WHERE id = $1", user_id)
    return found


async def insert_token(tx: Tx, token_hash: str, user_id: str, expires_at: str) -> None:
    await tx.rows(
        "INSERT INTO login_tokens (hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        user_id,
        now(),
        expires_at,
    )


async def end_sessions(tx: Tx, user_id: str, *, but: str = "") -> None:
    """Every login of the person, except the token with the hash `but`; named tokens stay."""
    await tx.rows(
        "DELETE FROM login_tokens WHERE user_id = $1 AND name IS NULL AND hash <> $2", user_id, but
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
