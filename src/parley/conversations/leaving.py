"""Deactivating and deleting people, and what becomes of their chats (management.md §1.2, §17).

The person is out in one act; each of their chats is closed in an act of its own, so that nobody
waits for hundreds. What a crash leaves open, `finish_leaving` closes.
"""

import logging

from parley.accounts import people_store
from parley.accounts.presence import NOT_AVAILABLE, note_presence
from parley.accounts.roles import AGENT
from parley.agents.business_hours.following import follow
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.canned_responses.saving import forget_person
from parley.contacts.looked_after import forget_manager
from parley.conversations.agents import is_last_admin, lock_person, stop_as_agent
from parley.conversations.close import Settings, leave_chat
from parley.db import Database, Tx
from parley.db.documents import Doc, save
from parley.departments.units.store import leave_units
from parley.errors import Coded
from parley.events import emit
from parley.preferences.service import current_settings
from parley.rooms.store import left_behind, rooms_with

log = logging.getLogger("parley")

BATCH = 1000


async def set_active(
    db: Database, actor: Actor, user_id: str, active: bool, settings: Settings
) -> Doc:
    """The person's document. Raises Coded for nobody, or the last admin."""
    user = await db.act(_set_active, actor, user_id, active)
    if not active:
        await close_chats_of(db, user_id, settings)
    return user


async def _set_active(tx: Tx, actor: Actor, user_id: str, active: bool) -> Doc:
    user = await lock_person(tx, user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    if bool(user.get("active")) != active:
        await switch(tx, actor, user, active)
        await save(tx, "users", user)
    return user


async def switch(tx: Tx, actor: Actor, user: Doc, active: bool) -> None:
    """The caller has `lock_person`, saves, and then lets the chats of who is out be closed."""
    if not active:
        if await is_last_admin(tx, user):
            raise _no_admin_left()
        await people_store.delete_tokens(tx, user["_id"])
        user["status"] = user["statusDefault"] = "offline"
        user.pop("statusExpiresAt", None)
        if AGENT in user["roles"]:
            user["statusLivechat"] = NOT_AVAILABLE
    user["active"] = active
    if active:
        await follow(tx, user)
    await note_presence(tx, user)
    what = "user.activated" if active else "user.deactivated"
    await record(tx, actor, what, "user", user["_id"], user["username"])
    await emit(tx, f"user:{user['_id']}", "active", {"_id": user["_id"], "active": active})


def _no_admin_left() -> Coded:
    text = "Leaving the app without admins is not allowed"
    return Coded("error-action-not-allowed", text)


async def delete(db: Database, actor: Actor, user_id: str, settings: Settings) -> None:
    """Rooms and messages keep the person's names. Raises as `set_active`."""
    await set_active(db, actor, user_id, False, settings)
    await db.act(_delete, actor, user_id)
    await forget_manager(db, user_id)


async def _delete(tx: Tx, actor: Actor, user_id: str) -> None:
    user = await lock_person(tx, user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    if await is_last_admin(tx, user):  # somebody made them active again meanwhile
        raise _no_admin_left()
    await stop_as_agent(tx, user)
    await leave_units(tx, user_id)
    await forget_person(tx, user_id)
    await people_store.delete_person(tx, user_id)
    await record(tx, actor, "user.deleted", "user", user_id, user["username"], roles=user["roles"])
    await emit(tx, f"user:{user_id}", "deleted", {"_id": user_id})


async def close_chats_of(db: Database, user_id: str, settings: Settings) -> None:
    for room_id in await db.read(rooms_with, user_id):
        await db.act(leave_chat, user_id, room_id, settings)


async def finish_leaving(db: Database) -> None:
    """Chats of people who are inactive or gone: one that began as they left, or after a crash."""
    found = await db.scan(left_behind, BATCH)
    if found:
        settings = await db.read(current_settings)
        for user_id, room_id in found:
            await db.act(leave_chat, user_id, room_id, settings)
        log.info("chats that people had left open: %d", len(found))
