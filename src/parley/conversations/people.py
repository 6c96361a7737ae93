"""Changing a person's account (contract/management.md §17, users.update)."""

from typing import NamedTuple

from parley.accounts import store
from parley.accounts.change_password import check_new_password, set_new_password
from parley.accounts.identify import Person
from parley.accounts.passwords import hash_password
from parley.accounts.roles import ADMIN, AGENT, ROLES, USER
from parley.accounts.service import check_names, one_time_password, unavailable
from parley.accounts.timed_status import choose
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.looked_after import forget_manager
from parley.conversations.agents import is_last_admin, lock_person, set_roles
from parley.conversations.leaving import close_chats_of, switch
from parley.conversations.schemas import PersonFields
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.departments.store import rename_agent
from parley.errors import Coded
from parley.events import emit

_PLAIN = ("name", "username", "bio", "nickname", "customFields")


class Updated(NamedTuple):
    user: Doc
    stopped_as_agent: bool
    deactivated: bool


async def update_person(
    db: Database, actor: Actor, person: Person, user_id: str, new: PersonFields
) -> Doc:
    """The document. Raises Coded. Another password ends the sessions of whom it is."""
    _check(person, new)
    password_hash = None
    if new.password is not None or new.setRandomPassword:
        password_hash = await hash_password(new.password or one_time_password())
    done = await db.act(_update, actor, person, user_id, new, password_hash)
    if done.deactivated:
        await close_chats_of(db, user_id, person.settings)
    if done.stopped_as_agent:
        await forget_manager(db, user_id)
    return done.user


def _check(person: Person, new: PersonFields) -> None:
    """What can be refused without looking at the person."""
    if not person.may("edit-other-user-info"):
        raise _refused("Editing user", "Editing_user")
    wants_password = new.password is not None or new.setRandomPassword
    if wants_password and not person.may("edit-other-user-password"):
        raise _refused("Editing user password", "Editing_user")
    if new.active is not None and not person.may("edit-other-user-active-status"):
        raise Coded("error-not-allowed", "Not allowed")
    check_names(person.settings, new.name, new.username, new.email)
    if new.password is not None:
        check_new_password(new.password)
    if unknown := [role for role in new.roles or [] if role not in ROLES]:
        raise Coded("error-invalid-role", f"Invalid role {unknown[0]}")


async def _update(
    tx: Tx,
    actor: Actor,
    person: Person,
    user_id: str,
    new: PersonFields,
    password_hash: str | None,
) -> Updated:
    await store.lock_names(tx)
    user = await lock_person(tx, user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    was_agent, was_active = AGENT in user["roles"], bool(user.get("active"))
    if password_hash is not None:
        keep = person.token_hash if user_id == person.user_id else ""
        user = await set_new_password(tx, actor, user_id, password_hash, keep=keep)
        if new.setRandomPassword:
            user["requirePasswordChange"] = True
    before = _shown(user)
    _describe(user, new)
    if new.username is not None and new.username != before["username"]:
        await rename_agent(tx, user_id, new.username)
    if new.roles is not None:
        await _change_roles(tx, actor, person, user, list(dict.fromkeys(new.roles)) or [USER])
    if new.active is not None and new.active != was_active:
        await switch(tx, actor, user, new.active)
    if taken := await store.save_user(tx, user):
        raise unavailable(taken)
    await _note(tx, actor, user, before)
    stopped = was_agent and AGENT not in user["roles"]
    return Updated(user, stopped, was_active and not user["active"])


def _describe(user: Doc, new: PersonFields) -> None:
    user |= {key: value for key in _PLAIN if (value := getattr(new, key)) is not None}
    if new.requirePasswordChange is not None:
        user["requirePasswordChange"] = new.requirePasswordChange
    choose(user, None, new.statusText, None)
    emails = user.setdefault("emails", [])
    if new.email is not None and [new.email] != [email["address"] for email in emails[:1]]:
        emails[:1] = [{"address": new.email, "verified": False}]
    if new.verified is not None and emails:
        emails[0]["verified"] = new.verified


async def _change_roles(tx: Tx, actor: Actor, person: Person, user: Doc, roles: list[str]) -> None:
    changed = set(roles) ^ set(user["roles"])
    if changed and not person.may("assign-roles"):
        raise _refused("Assigning roles", "Assign_role")
    if ADMIN in changed and not person.may("assign-admin-role"):
        raise _refused("Assigning admin", "Assign_admin")
    if ADMIN in changed and await is_last_admin(tx, user):
        raise Coded("error-admin-required", "You need to have at least one admin")
    await set_roles(tx, actor, user, roles)


async def _note(tx: Tx, actor: Actor, user: Doc, before: Doc) -> None:
    """What changed, in the audit log and for who listens; roles and passwords note themselves."""
    after = _shown(user)
    keys = [key for key in after if after[key] != before[key]]
    if keys:
        change = {
            "previous": {key: before[key] for key in keys},
            "current": {key: after[key] for key in keys},
        }
        await record(tx, actor, "user.updated", "user", user["_id"], user["username"], **change)
        await emit(tx, f"user:{user['_id']}", "updated", {"_id": user["_id"]})


def _shown(user: Doc) -> Doc:
    keys = (*_PLAIN, "statusText", "requirePasswordChange")
    emails = [dict(email) for email in user.get("emails") or []]
    return {key: user.get(key) for key in keys} | {"emails": emails}


def _refused(what: str, action: str) -> Coded:
    details = {"method": "insertOrUpdateUser", "action": action}
    return Coded("error-action-not-allowed", f"{what} is not allowed", details)
