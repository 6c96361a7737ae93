"""Roles, who holds them, and what they permit (contract/management.md §17)."""

from parley.accounts import people_store
from parley.accounts.identify import Person
from parley.accounts.people import Found, moment_of, page_and_order, seen_by
from parley.accounts.roles import GRANTS, ROLES, USER
from parley.accounts.schemas import ListInRole
from parley.accounts.service import all_grants
from parley.db import Database, Reader
from parley.db.documents import Doc, find
from parley.errors import Coded, Forbidden


async def holders(db: Database, person: Person, wanted: ListInRole) -> Found:
    """Raises Coded for no role or an unknown one, Forbidden for a room's without permission."""
    if not wanted.role:
        raise Coded("error-param-not-provided", 'Query param "role" is required')
    if wanted.role not in ROLES:
        raise Coded("error-invalid-roleId")
    if wanted.roomId and not person.may("view-other-user-channels"):
        raise Forbidden
    page, order = page_and_order(wanted, person)
    users, total = await db.scan(
        people_store.list_in_role, wanted.role, order, page.limit, page.offset
    )
    return Found([seen_by(person, user) for user in users], total, page.offset)


async def public_roles(q: Reader) -> list[Doc]:
    """`{_id, username, roles}` of everybody who is more than a user."""
    return [
        {
            "_id": user["_id"],
            "username": user["username"],
            "roles": [role for role in user["roles"] if role != USER],
        }
        for user in await people_store.with_more_than(q, USER)
    ]


async def grant_of(q: Reader, permission: str) -> Doc:
    """A permission with the roles that hold it."""
    changed = await find(q, "permissions", permission)
    return changed or {"_id": permission, "roles": GRANTS.get(permission, [])}


async def grants_since(q: Reader, since: str | None) -> list[Doc]:
    """Permissions that changed after the date. Raises Coded `error-roomId-param-invalid`."""
    after = moment_of(since, "updatedSince", "error-roomId-param-invalid") if since else ""
    age = await people_store.prepared_at(q)
    grants = [{"_updatedAt": age} | grant for grant in await all_grants(q)]
    return [grant for grant in grants if grant["_updatedAt"] > after]
