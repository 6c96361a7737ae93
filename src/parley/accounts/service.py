"""Making people, their status, and what roles may do."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from parley.accounts import store
from parley.accounts.identify import Person
from parley.accounts.presence import came_back, note_presence, tell_readiness
from parley.accounts.roles import ADMIN, AGENT, GRANTS, ROLES
from parley.accounts.schemas import CreateUser, Grant, SetStatus
from parley.accounts.timed_status import choose, end_of, status_now
from parley.accounts.working_hours import follow_hours
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.db import Reader, Tx
from parley.db.documents import Doc, find, save
from parley.errors import Coded, Forbidden, Refused, Typed
from parley.events import emit
from parley.ids import random_id
from parley.preferences.store import raise_policy_version

NO_PREFERENCES: Doc = {"profile": {}, "preferences": {}, "calendar": {}}


def new_user(username: str, name: str, email: str, roles: list[str]) -> Doc:
    user: Doc = {
        "_id": random_id(),
        "createdAt": now(),
        "username": username,
        "name": name,
        "emails": [{"address": email, "verified": False}],
        "type": "user",
        "status": "offline",
        "statusDefault": "offline",
        "active": True,
        "roles": roles,
    }
    if AGENT in roles:
        user["statusLivechat"] = "available"
    return user


def check_new_user(person: Person, new: CreateUser) -> None:
    """Raises what refuses the person or the fields (contract/management.md §17 users.create)."""
    if not person.may("create-user"):
        raise Coded("error-action-not-allowed", "Adding user is not allowed")
    if ADMIN in new.roles and not person.may("assign-admin-role"):
        raise Coded("error-action-not-allowed", "Assigning admin is not allowed")
    check_names(person.settings, new.name, new.username, new.email)
    if unknown := [role for role in new.roles if role not in ROLES]:
        raise Coded("error-invalid-role", f"Invalid role {unknown[0]}")
    if not new.password and not new.setRandomPassword:
        raise Coded("error-the-field-is-required", "The field Password is required")


def check_names(
    settings: Mapping[str, Any],
    name: str | None = None,
    username: str | None = None,
    email: str | None = None,
) -> None:
    """Those that are given. Raises Coded `error-the-field-is-required`, `error-input-is-not-…`."""
    for field, value in (("Name", name), ("Username", username), ("E-mail", email)):
        if value is not None and not value.strip():
            raise Coded("error-the-field-is-required", f"The field {field} is required")
    allowed = str(settings["UTF8_User_Names_Validation"])
    if username is not None and not _fully_matches(allowed, username):
        raise _invalid_field(username, "username")
    if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise _invalid_field(email, "e-mail address")


def unavailable(name: str) -> Coded:
    return Coded("error-field-unavailable", f"{name} is already in use :(", {"field": name})


async def create_user(tx: Tx, actor: Actor, new: CreateUser, password_hash: str | None) -> Doc:
    """The document. Raises Coded `error-field-unavailable` for a name or address in use."""
    user = new_user(new.username, new.name, new.email, list(dict.fromkeys(new.roles)) or ["user"])
    user["emails"][0]["verified"] = new.verified
    user["active"] = new.active
    for field in ("bio", "nickname", "statusText", "customFields", "requirePasswordChange"):
        if (value := getattr(new, field)) is not None:
            user[field] = value
    await store.lock_names(tx)
    if not await store.insert_user(tx, user, password_hash):
        by_name = await store.taken(tx, "username_key", new.username.casefold())
        name = new.username if by_name else new.email
        raise unavailable(name)
    await emit(tx, f"user:{user['_id']}", "created", {"_id": user["_id"]})
    if AGENT in user["roles"]:
        await follow_hours(tx)
    await record(
        tx, actor, "user.created", "user", user["_id"], user["username"], roles=user["roles"]
    )
    return user


async def create_first_admin(tx: Tx, password_hash: str) -> str | None:
    """The id of the new admin; None where there is anybody already."""
    if await store.anybody(tx):
        return None
    user = new_user("admin", "Administrator", "admin@localhost.invalid", [ADMIN])
    user["requirePasswordChange"] = True
    return str(user["_id"]) if await store.insert_user(tx, user, password_hash) else None


def one_time_password() -> str:
    return secrets.token_urlsafe(12)


async def set_status(tx: Tx, person: Person, wanted: SetStatus) -> None:
    """A status set so holds until `expiresAt`, or it is changed, or the person logs out.

    Raises Refused, Coded or Forbidden as contract/management.md §17 users.setStatus.
    """
    if wanted.status is None and wanted.message is None:
        raise Refused("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation")
    if wanted.status == "offline" and not person.settings.get(
        "Accounts_AllowInvisibleStatusOption", True
    ):
        raise Coded("error-status-not-allowed", "Invisible status is disabled")
    until = end_of(wanted.expiresAt)
    user_id = await _status_of_whom(tx, person, wanted)
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    choose(user, wanted.status, wanted.message, until)
    came = wanted.status not in (None, "offline") and came_back(user, person.settings)
    await save(tx, "users", user)
    await emit(tx, f"user:{user_id}", "status", {"_id": user_id, "status": user["status"]})
    if came:
        await tell_readiness(tx, user)
    else:
        await note_presence(tx, user)


async def chosen_person(
    q: Reader, person: Person, user_id: str | None, username: str | None, permission: str
) -> Doc:
    """Whom a call names, or the caller; others only with the permission.

    Raises Coded `error-invalid-user` or `error-not-allowed`.
    """
    if user_id:
        user = await find(q, "users", user_id)
    elif username:
        user = await store.find_by_username(q, username)
    else:
        user = await find(q, "users", person.user_id or "")
    if not person.may(permission) and (user is None or user["_id"] != person.user_id):
        raise Coded("error-not-allowed", "Not allowed")
    if user is None:
        text = 'The required "userId" or "username" param provided does not match any users'
        raise Coded("error-invalid-user", text)
    return user


async def _status_of_whom(q: Reader, person: Person, wanted: SetStatus) -> str:
    if wanted.userId:
        user_id = wanted.userId
    elif username := wanted.username or wanted.user:
        other = await store.find_by_username(q, username)
        if other is None:
            raise Coded("error-invalid-user", "Invalid user")
        user_id = str(other["_id"])
    else:
        return person.user_id or ""
    if user_id != person.user_id and not person.may("edit-other-user-info"):
        raise Forbidden
    return user_id


async def update_grants(tx: Tx, actor: Actor, grants: list[Grant]) -> None:
    """Replaces the roles of permissions; in force with the next request of every process."""
    for grant in grants:
        if grant.id not in GRANTS:
            raise Typed("Invalid permission", "error-invalid-permission")
        if any(role not in ROLES for role in grant.roles):
            raise Typed("Invalid role", "error-invalid-role")
    # First, for it locks the policy: two updates of the same permissions would wait for each other.
    await raise_policy_version(tx)
    before = {grant["_id"]: grant["roles"] for grant in await all_grants(tx)}
    for grant in grants:
        roles = list(dict.fromkeys(grant.roles))
        await store.put_grant(tx, grant.id, roles)
        await emit(tx, "office", "permission", {"_id": grant.id})
        change = {"previous": before[grant.id], "current": roles}
        await record(tx, actor, "permission.changed", "permission", grant.id, **change)


async def all_grants(q: Reader) -> list[Doc]:
    changed = await store.changed_grants(q)
    return [changed.get(p, {"_id": p, "roles": roles}) for p, roles in GRANTS.items()]


def _fully_matches(pattern: str, text: str) -> bool:
    try:
        return len(text) <= 100 and re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _invalid_field(value: str, what: str) -> Coded:
    return Coded(
        "error-input-is-not-a-valid-field", f"{value} is not a valid {what}", {"input": value}
    )


def profile(user: Doc, settings: Any, second_factor: bool) -> Doc:
    """The user document as `me` and login show it (contract/core.md §1.7)."""
    emails = user.get("emails") or []
    verified = [e["address"] for e in emails if e.get("verified")]
    shown = status_now(user)
    if verified:
        shown["email"] = verified[0]
    shown.setdefault("settings", NO_PREFERENCES)
    site = str(settings.get("Site_Url") or "").rstrip("/")
    shown["avatarUrl"] = f"{site}/avatar/{user['username']}"
    shown["isOAuthUser"] = False
    shown["services"] = {"password": {"exists": True}, "totp": {"enabled": second_factor}}
    return shown
