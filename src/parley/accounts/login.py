"""Logging in and out (contract/core.md §1.7)."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from parley.accounts import credential_store, store
from parley.accounts.guessing import Guess, give_back, use_a_try
from parley.accounts.identify import Person, hash_token
from parley.accounts.passwords import digest, hash_digest, matches, outdated
from parley.accounts.presence import came_back, note_presence, tell_readiness
from parley.accounts.roles import BOT
from parley.accounts.second_factor import INVALID, REQUIRED, accepts, switched_on
from parley.clock import later, now
from parley.db import Database, Tx
from parley.db.documents import Doc, find, save
from parley.errors import LoginRefused, LoginStopped
from parley.events import emit
from parley.ids import auth_token

LONGEST_DAYS = 36500
"""A setting beyond it would lead past the calendar's end, and lock everybody out."""

OUTCOMES: Counter[str] = Counter()
"""Logins of this process: `ok`, `resumed`, `refused`, `blocked`, `second-factor`."""


async def log_in(
    db: Database, body: Any, settings: Mapping[str, Any], address: str, code: str
) -> tuple[Doc, str]:
    """(user document, login token). `code`: of the second factor, from the header.

    Raises LoginRefused, whatever was wrong; LoginStopped after too many tries, or once the password
    was right, for what else is missing. The answer to a body of a wrong shape is the same, where
    Rocket.Chat answers 500.
    """
    try:
        if isinstance(body, dict) and isinstance(body.get("resume"), str):
            return await _resume(db, body["resume"])
        return await _with_password(db, body, settings, address, code)
    except LoginRefused:
        OUTCOMES["refused"] += 1
        raise
    except LoginStopped as stopped:
        OUTCOMES["second-factor" if stopped.code.startswith("totp") else "blocked"] += 1
        raise


async def _resume(db: Database, token: str) -> tuple[Doc, str]:
    user = await db.read(store.resumed, hash_token(token))
    if user is None:
        raise LoginRefused
    OUTCOMES["resumed"] += 1
    return user, token


async def _with_password(
    db: Database, body: Any, settings: Mapping[str, Any], address: str, code: str
) -> tuple[Doc, str]:
    column, key = _who(body)
    if not key:
        raise LoginRefused
    found = await db.read(store.credentials, column, key, address)
    user = found.user if found else None
    # By the account's own id where there is one: its name and its address are one account.
    guess = Guess(
        user["_id"] if user else key,
        address,
        user["_id"] if user else "",
        found is not None and found.familiar,
    )
    buckets = guess.buckets(settings)
    if buckets:
        await db.act(use_a_try, buckets)
    password = _digest_of(body.get("password"))
    right = await matches(found.password if found else None, password)
    if not right or found is None or user is None:
        raise LoginRefused
    if not user.get("active"):
        await db.act(give_back, buckets)
        raise LoginStopped("error-user-is-not-activated", "User is not activated")
    if found.second_factor and switched_on(settings):
        given = body.get("code")
        code = given if isinstance(given, str) and given else code
        if not code:
            await db.act(give_back, buckets)
            raise LoginStopped(*REQUIRED)
        if not await db.act(accepts, user["_id"], code):
            raise LoginStopped(*INVALID)
    new_hash = await hash_digest(password) if outdated(found.password) else None
    days = int(settings["Accounts_LoginExpiration"])
    token = await db.act(_let_in, found, days, address, new_hash, settings)
    await db.act(give_back, buckets)
    OUTCOMES["ok"] += 1
    return user, token


async def _let_in(
    tx: Tx,
    found: store.Credentials,
    days: int,
    address: str,
    new_hash: str | None,
    settings: Mapping[str, Any],
) -> str:
    user_id = found.user["_id"]
    token = await issue_token(tx, user_id, days)
    if address:
        await credential_store.note_address(tx, user_id, address)
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    # While the password was verified, it may have been changed, or the person deactivated: all
    # sessions ended then.
    if user is None or not user.get("active"):
        raise LoginRefused
    if await store.password_of(tx, user_id) != found.password:
        raise LoginRefused
    user["lastLogin"] = now()
    chosen = user.get("statusDefault", "offline")
    came = chosen != "offline" and came_back(user, settings, by_login=True)
    if new_hash is None:
        await save(tx, "users", user)
    else:
        await store.set_password(tx, user, new_hash)
    if came:
        await tell_readiness(tx, user)
    return token


async def issue_token(tx: Tx, user_id: str, days: int) -> str:
    token = auth_token()
    expires_at = later(now(), days=min(max(1, days), LONGEST_DAYS))
    await store.insert_token(tx, hash_token(token), user_id, expires_at)
    return token


async def log_out(tx: Tx, person: Person) -> None:
    """Removes the presented token only; a status the person had set ends with it, and so does an
    agent's readiness, until they are back (`set_status`)."""
    await store.delete_token(tx, person.token_hash)
    await tx.lock("users", person.user_id or "")
    user = await find(tx, "users", person.user_id or "")
    if user is None:
        return
    leaves = user.get("statusLivechat") == "available" and BOT not in user["roles"]
    if leaves:
        user |= {"statusLivechat": "not-available", "livechatStatusSystemModified": True}
    hidden = user.pop("invisible", None)
    if (
        leaves
        or hidden
        or (user.get("status"), user.get("statusDefault")) != ("offline", "offline")
    ):
        user["status"] = user["statusDefault"] = "offline"
        await save(tx, "users", user)
        await emit(tx, f"user:{user['_id']}", "status", {"_id": user["_id"], "status": "offline"})
        if leaves:
            await tell_readiness(tx, user)
        else:
            await note_presence(tx, user)


def _who(body: Any) -> tuple[str, str]:
    """Column and key of the account meant; an empty key for none."""
    if not isinstance(body, dict):
        return "username_key", ""
    user = body.get("user")
    if isinstance(user, str):
        return ("email_key" if "@" in user else "username_key"), user.casefold()
    if isinstance(username := body.get("username"), str):
        return "username_key", username.casefold()
    if isinstance(email := body.get("email"), str):
        return "email_key", email.casefold()
    return "username_key", ""


def _digest_of(password: Any) -> str:
    if isinstance(password, str):
        return digest(password)
    if isinstance(password, dict) and password.get("algorithm") == "sha-256":
        return str(password.get("digest"))
    return ""
