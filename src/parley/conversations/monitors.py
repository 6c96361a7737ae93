"""Making somebody a monitor, and taking it back (contract/management.md §15)."""

from parley.accounts.roles import MONITOR
from parley.accounts.store import find_by_username
from parley.audit.actor import Actor
from parley.conversations.agents import lock_person, set_roles
from parley.db import Tx
from parley.db.documents import Doc, save
from parley.errors import Refused


async def create_monitor(tx: Tx, actor: Actor, username: str) -> Doc:
    """`{_id, username, roles}`; of units they get none by this. Raises Refused for nobody."""
    user = await _locked(tx, username)
    if MONITOR not in user["roles"]:
        await set_roles(tx, actor, user, [*user["roles"], MONITOR])
        await save(tx, "users", user)
    return {key: user[key] for key in ("_id", "username", "roles")}


async def delete_monitor(tx: Tx, actor: Actor, username: str) -> None:
    """They oversee no unit any longer; who is no monitor loses nothing.

    Raises Refused for nobody.
    """
    user = await _locked(tx, username)
    if MONITOR in user["roles"]:
        await set_roles(tx, actor, user, [role for role in user["roles"] if role != MONITOR])
        await save(tx, "users", user)


async def _locked(tx: Tx, username: str) -> Doc:
    found = await find_by_username(tx, username)
    user = None if found is None else await lock_person(tx, found["_id"])
    if user is None:
        raise Refused("error-invalid-user")
    return user
