"""Giving a person an agent's or a manager's role (contract/management.md §1.2)."""

from parley.accounts.roles import AGENT, MANAGER
from parley.accounts.store import find_by_username
from parley.agents.service import AVAILABLE
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find, save
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
        user["statusLivechat"] = AVAILABLE
        user["livechatStatusSystemModified"] = False
    await save(tx, "users", user)
    await emit(tx, f"user:{user['_id']}", "roles", {"_id": user["_id"]})
    await record(tx, actor, "role.given", "user", user["_id"], user["username"], role=role)
    return {"_id": user["_id"], "username": user["username"]}
