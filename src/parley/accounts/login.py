"""Logging in and out (contract/core.md §1.7)."""

from typing import Any

from parley.accounts import store
from parley.accounts.identify import Person, hash_token
from parley.accounts.passwords import digest, matches
from parley.accounts.roles import BOT
from parley.clock import later, now
from parley.db import Database, Tx
from parley.db.documents import Doc, find, save
from parley.errors import LoginRefused
from parley.events import emit
from parley.ids import auth_token

LONGEST_DAYS = 36500
"""A setting beyond it would lead past the calendar's end, and lock everybody out."""


async def log_in(db: Database, body: Any, days: int) -> tuple[Doc, str]:
    """(user document, login token). Raises LoginRefused, whatever was wrong.

    The answer to a body of a wrong shape is the same, where Rocket.Chat answers 500.
    """
    if not isinstance(body, dict):
        raise LoginRefused
    if isinstance(resume := body.get("resume"), str):
        user = await db.read(store.resumed, hash_token(resume))
        if user is None:
            raise LoginRefused
        return user, resume
    column, key = _who(body)
    found = await db.read(store.credentials, column, key) if key else None
    user, stored = found or (None, None)
    right = await matches(stored, _digest_of(body.get("password")))
    if not right or user is None or not user.get("active"):
        raise LoginRefused
    return user, await db.act(issue_token, user["_id"], days)


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
    if leaves or user.get("status") != "offline":
        user["status"] = user["statusDefault"] = "offline"
        await save(tx, "users", user)
        await emit(tx, f"user:{user['_id']}", "status", {"_id": user["_id"], "status": "offline"})


def _who(body: Doc) -> tuple[str, str]:
    """Column and key of the account meant; an empty key for none."""
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
