"""Roles, and what it means to become an agent or to stop being one (management.md §1.2)."""

from parley.accounts.people_store import others_active_with
from parley.accounts.presence import AVAILABLE, forget_presence, note_presence
from parley.accounts.roles import ADMIN, AGENT, MONITOR
from parley.accounts.store import find_by_username
from parley.agents.business_hours.following import follow
from parley.agents.people import role_of
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.contacts.looked_after import forget_manager
from parley.db import Database, Tx
from parley.db.documents import Doc, find, save
from parley.departments.staff import leave_departments
from parley.departments.store import lock_departments_of
from parley.departments.units.store import leave_units
from parley.errors import Refused
from parley.events import emit


async def give_role(tx: Tx, actor: Actor, kind: str, username: str) -> Doc:
    """`{_id, username}`. Raises Refused for an unknown kind or person."""
    role = role_of(kind)
    found = await find_by_username(tx, username)
    if found is None:
        raise Refused("error-invalid-user")
    await tx.lock("users", found["_id"])
    user = await find(tx, "users", found["_id"]) or found
    given = [role] if role not in user["roles"] else []
    user["roles"] += given
    if role == AGENT:
        await _become_agent(tx, user)
    await save(tx, "users", user)
    await _tell(tx, user, given, [])
    await record(tx, actor, "role.given", "user", user["_id"], user["username"], role=role)
    return {"_id": user["_id"], "username": user["username"]}


async def take_role(db: Database, actor: Actor, kind: str, user_id: str) -> None:
    """Who does not hold the role loses nothing. Chats that an agent serves are left as they are.

    Raises Refused as `give_role`.
    """
    await db.act(_take_role, actor, role_of(kind), user_id)
    if role_of(kind) == AGENT:
        await forget_manager(db, user_id)


async def _take_role(tx: Tx, actor: Actor, role: str, user_id: str) -> None:
    user = await lock_person(tx, user_id)
    if user is None:
        raise Refused("error-invalid-user")
    if role in user["roles"]:
        await set_roles(tx, actor, user, [each for each in user["roles"] if each != role])
        await save(tx, "users", user)


async def lock_person(tx: Tx, user_id: str) -> Doc | None:
    """The person, if there is one, locked with all that changes when their roles do."""
    # Of two admins who take each other's role, the second finds that nobody would be left.
    await tx.lock("accounts", "admins")
    await lock_departments_of(tx, user_id)
    await tx.lock("users", user_id)
    return await find(tx, "users", user_id)


async def set_roles(tx: Tx, actor: Actor, user: Doc, roles: list[str]) -> None:
    """The roles from now on, with what follows. The caller has `lock_person` and saves."""
    given = [role for role in roles if role not in user["roles"]]
    taken = [role for role in user["roles"] if role not in roles]
    user["roles"] = roles
    if AGENT in given:
        await _become_agent(tx, user)
    if AGENT in taken:
        await stop_as_agent(tx, user)
    if MONITOR in taken:
        await leave_units(tx, user["_id"])
    for role in given:
        await record(tx, actor, "role.given", "user", user["_id"], user["username"], role=role)
    for role in taken:
        await record(tx, actor, "role.taken", "user", user["_id"], user["username"], role=role)
    if given or taken:
        await _tell(tx, user, given, taken)


async def _tell(tx: Tx, user: Doc, given: list[str], taken: list[str]) -> None:
    doc = {"_id": user["_id"], "given": given, "taken": taken}
    await emit(tx, f"user:{user['_id']}", "roles", doc)


async def _become_agent(tx: Tx, user: Doc) -> None:
    user["statusLivechat"] = AVAILABLE
    user["livechatStatusSystemModified"] = False
    await follow(tx, user)
    await note_presence(tx, user)


async def stop_as_agent(tx: Tx, user: Doc) -> None:
    """Chats that they serve are left as they are."""
    for key in ("livechat", "statusLivechat", "livechatStatusSystemModified", "openBusinessHours"):
        user.pop(key, None)
    await forget_presence(tx, user)
    await leave_departments(tx, user["_id"])


async def is_last_admin(tx: Tx, user: Doc) -> bool:
    """Whether no other admin could log in. The caller has `lock_person`."""
    return (
        ADMIN in user["roles"]
        and bool(user.get("active"))
        and not await others_active_with(tx, ADMIN, user["_id"])
    )
