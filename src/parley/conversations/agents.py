"""Roles, and what it means to become an agent or to stop being one (management.md §1.2)."""

from parley.accounts.people_store import others_active_with
from parley.accounts.presence import AVAILABLE, forget_presence, note_presence
from parley.accounts.roles import ADMIN, AGENT, MANAGER
from parley.accounts.store import find_by_username
from parley.agents.business_hours.following import follow
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find, save
from parley.departments.service import leave_departments
from parley.departments.store import departments_of
from parley.errors import Refused
from parley.events import emit

_ROLES = {"agent": AGENT, "manager": MANAGER}


async def give_role(tx: Tx, actor: Actor, kind: str, username: str) -> Doc:
    """`{_id, username}`. Raises Refused for an unknown kind or person."""
    role = _ROLES.get(kind)
    if role is None:
        raise Refused("Invalid type")
    found = await find_by_username(tx, username)
    if found is None:
        raise Refused("error-invalid-user")
    await tx.lock("users", found["_id"])
    user = await find(tx, "users", found["_id"]) or found
    if role not in user["roles"]:
        user["roles"].append(role)
    if role == AGENT:
        await _become_agent(tx, user)
    await save(tx, "users", user)
    await emit(tx, f"user:{user['_id']}", "roles", {"_id": user["_id"]})
    await record(tx, actor, "role.given", "user", user["_id"], user["username"], role=role)
    return {"_id": user["_id"], "username": user["username"]}


async def lock_person(tx: Tx, user_id: str) -> Doc | None:
    """The person, if there is one, locked with all that changes when their roles do."""
    # Of two admins who take each other's role, the second finds that nobody would be left.
    await tx.lock("accounts", "admins")
    departments = await departments_of(tx, user_id)
    for table in ("departments", "routing"):
        for department_id in departments:
            await tx.lock(table, department_id)
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
    for role in given:
        await record(tx, actor, "role.given", "user", user["_id"], user["username"], role=role)
    for role in taken:
        await record(tx, actor, "role.taken", "user", user["_id"], user["username"], role=role)
    if given or taken:
        await emit(tx, f"user:{user['_id']}", "roles", {"_id": user["_id"]})


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
