"""Giving and taking a role by its id (contract/management.md §17)."""

from parley.accounts.identify import Person
from parley.accounts.people import named
from parley.accounts.roles import ADMIN, ROLES
from parley.accounts.store import find_by_username
from parley.audit.actor import Actor
from parley.conversations.agents import is_last_admin, lock_person, set_roles
from parley.db import Tx
from parley.db.documents import Doc, save
from parley.errors import Coded, Refused


async def add_to_role(tx: Tx, actor: Actor, person: Person, username: str, role: str) -> Doc:
    """The person's document. Raises Coded or Refused."""
    _check(person, role)
    if role not in ROLES:
        raise Coded("error-role-not-found", "Role not found")
    found = await named(tx, person, None, username)
    return await change_role(tx, actor, found["_id"], role, give=True)


async def remove_from_role(tx: Tx, actor: Actor, person: Person, username: str, role: str) -> Doc:
    """The person's document. Raises Coded or Refused."""
    _check(person, role)
    found = await find_by_username(tx, username)
    if found is None:
        raise Coded("error-invalid-user", "There is no user with this username")
    if role not in ROLES:
        raise Coded("error-invalid-roleId", "This role does not exist")
    return await change_role(tx, actor, found["_id"], role, give=False)


def _check(person: Person, role: str) -> None:
    if not person.may("access-permissions"):
        raise Coded("error-action-not-allowed", "Accessing permissions is not allowed")
    if not role:
        raise Refused("error-invalid-role-properties")
    if role == ADMIN and not person.may("assign-admin-role"):
        raise Coded("error-action-not-allowed", "Assigning admin is not allowed")


async def change_role(tx: Tx, actor: Actor, user_id: str, role: str, *, give: bool) -> Doc:
    """The person's document, with what the role means to an agent done. Raises Coded."""
    user = await lock_person(tx, user_id)
    if user is None:
        raise Coded("error-invalid-user", "Invalid user")
    if give and ROLES[role] != "Users":
        raise Coded("error-invalid-room", "Roles of this scope are held in a room")
    if give and role in user["roles"]:
        raise Coded("error-user-already-in-role", "User already in role")
    if not give and role not in user["roles"]:
        raise Coded("error-user-not-in-role", "User is not in this role")
    if not give and role == ADMIN and await is_last_admin(tx, user):
        raise Coded("error-admin-required", "You need to have at least one admin")
    others = [each for each in user["roles"] if each != role]
    await set_roles(tx, actor, user, [*others, role] if give else others)
    await save(tx, "users", user)
    return user
