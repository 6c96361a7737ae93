"""Changing a password: one's own, somebody's, or a lost one. Sessions end with it; tokens with a
name, which bots live on, stay until they are removed."""

import re

from parley.accounts import credential_store, store
from parley.accounts.guessing import codes_of, forgive, give_back, use_a_try
from parley.accounts.identify import Person, hash_token
from parley.accounts.passwords import digest, hash_password, matches
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.errors import Coded, LoginStopped

LONGEST = 1000


def check_new_password(password: str) -> None:
    """Raises Coded: blank, or beyond any sense."""
    if not password.strip():
        raise Coded("error-the-field-is-required", "The field Password is required")
    if len(password) > LONGEST:
        raise Coded("error-password-policy-not-met", f"{LONGEST} characters are the most")


async def check_own_password(db: Database, person: Person, given: str) -> None:
    """`given` plain, or as hex sha-256. Raises Coded; tries are limited."""
    try:
        await db.act(use_a_try, [codes_of(person.user_id or "")])
    except LoginStopped as stopped:
        raise Coded("error-too-many-tries", "Too many wrong passwords", stopped.details) from None
    stored = await db.read(store.password_of, person.user_id or "")
    right = await matches(stored, digest(given))
    if not right and re.fullmatch(r"[0-9a-fA-F]{64}", given):
        right = await matches(stored, given)
    if not right:
        raise Coded("error-invalid-password", "Invalid password")
    await db.act(give_back, [codes_of(person.user_id or "")])


async def set_new_password(
    tx: Tx, actor: Actor, user_id: str, password_hash: str, *, keep: str = "", how: str = "changed"
) -> Doc:
    """The person's document. Ends every session but the one whose token has the hash `keep`.

    Raises Coded `error-invalid-user`.
    """
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    user.pop("requirePasswordChange", None)
    await store.set_password(tx, user, password_hash)
    await store.end_sessions(tx, user_id, but=keep)
    await credential_store.delete_resets(tx, user_id)
    await forgive(tx, user_id)
    await record(tx, actor, f"password.{how}", "user", user_id, user["username"])
    return user


async def reset_password(db: Database, actor: Actor, token: str, password: str) -> None:
    """By the token of a mail, once. Raises Coded."""
    if await db.read(credential_store.reset_of, hash_token(token)) is None:
        raise _expired()
    check_new_password(password)
    await db.act(_reset, actor, hash_token(token), await hash_password(password))


async def _reset(tx: Tx, actor: Actor, token_hash: str, password_hash: str) -> None:
    user_id = await credential_store.reset_of(tx, token_hash)
    if user_id is None:
        raise _expired()
    user = await set_new_password(tx, actor, user_id, password_hash, how="reset")
    if actor.address:
        # Whoever reads the account's mail is its owner: guesses of others shall not keep them out.
        await credential_store.note_address(tx, user["_id"], actor.address)


def _expired() -> Coded:
    return Coded("error-token-expired", "This link has been used or has run out")
