"""Changing one's own account (contract/management.md §17, users.updateOwnBasicInfo)."""

from typing import Any

from parley.accounts import store
from parley.accounts.change_password import (
    check_new_password,
    check_own_password,
    set_new_password,
)
from parley.accounts.identify import Person
from parley.accounts.passwords import hash_password
from parley.accounts.schemas import OwnBasicInfo, SetStatus, UpdateOwnBasicInfo
from parley.accounts.service import check_names, set_status, unavailable
from parley.accounts.timed_status import choose
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.errors import Coded
from parley.events import emit

_PLAIN = ("name", "username", "nickname", "bio")


async def update_own(db: Database, actor: Actor, person: Person, wanted: UpdateOwnBasicInfo) -> Doc:
    """The person's document. Raises Coded.

    Another password ends the other sessions. It and another e-mail address, to which a lost
    password's link would go, ask for the current password: a session left open is not enough.
    """
    new = wanted.data
    if not person.settings["Accounts_AllowUserProfileChange"]:
        raise Coded("error-not-allowed", "Not allowed", {"method": "saveUserProfile"})
    check_names(person.settings, new.name, new.username, new.email)
    password_hash = None
    if new.newPassword is not None or new.email is not None:
        if not new.currentPassword:
            raise Coded("error-invalid-password", "The current password is required")
        await check_own_password(db, person, new.currentPassword)
    if new.newPassword is not None:
        check_new_password(new.newPassword)
        password_hash = await hash_password(new.newPassword)
    return await db.act(_update, actor, person, new, wanted.customFields, password_hash)


async def _update(
    tx: Tx,
    actor: Actor,
    person: Person,
    new: OwnBasicInfo,
    custom: dict[str, Any] | None,
    password_hash: str | None,
) -> Doc:
    user_id = person.user_id or ""
    await store.lock_names(tx)
    if password_hash is not None:
        await set_new_password(tx, actor, user_id, password_hash, keep=person.token_hash)
    if new.statusType is not None:
        await set_status(tx, person, SetStatus(status=new.statusType))
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    changed = {key: value for key in _PLAIN if (value := getattr(new, key)) is not None}
    before = {key: user.get(key) for key in changed}
    user |= changed
    choose(user, None, new.statusText, None)
    if custom is not None:
        user["customFields"] = custom
    if new.email is not None:
        before["email"] = (user.get("emails") or [{}])[0].get("address")
        changed["email"] = new.email
        user["emails"] = [{"address": new.email, "verified": False}]
    if taken := await store.save_user(tx, user):
        raise unavailable(taken)
    if changed:
        change = {"previous": before, "current": changed}
        await record(tx, actor, "user.updated", "user", user_id, user["username"], **change)
        await emit(tx, f"user:{user_id}", "updated", {"_id": user_id})
    return user
