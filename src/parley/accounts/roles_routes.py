from typing import Any

from parley.accounts.answers import ChangedPermissions, People, PublicRoles, Roles
from parley.accounts.people_routes import page_of_people
from parley.accounts.role_lists import grants_since, holders, public_roles
from parley.accounts.roles import ROLES, role_doc
from parley.accounts.schemas import ListInRole, ListPermissions
from parley.db import Database
from parley.web.route import LOGIN, Call, Dialect, Route


async def roles_list(db: Database, call: Call) -> dict[str, Any]:
    """All roles."""
    return {"roles": [role_doc(role) for role in ROLES]}


async def roles_users(db: Database, call: Call) -> dict[str, Any]:
    """Who holds a role."""
    return page_of_people(await holders(db, call.caller, call.query))


async def roles_public(db: Database, call: Call) -> dict[str, Any]:
    """Everybody who holds more than the role `user`, with their roles."""
    return {"users": await db.scan(public_roles)}


async def permissions_list(db: Database, call: Call) -> dict[str, Any]:
    """All permissions with the roles that hold them, or those that changed after a date."""
    return {"update": await db.read(grants_since, call.query.updatedSince), "remove": []}


_T = Dialect.T
ROUTES = [
    Route("GET", "/api/v1/roles.list", roles_list, _T, LOGIN, answer=Roles),
    Route(
        "GET",
        "/api/v1/roles.getUsersInRole",
        roles_users,
        _T,
        ("access-permissions",),
        query=ListInRole,
        answer=People,
    ),
    Route(
        "GET",
        "/api/v1/roles.getUsersInPublicRoles",
        roles_public,
        _T,
        LOGIN,
        answer=PublicRoles,
    ),
    Route(
        "GET",
        "/api/v1/permissions.listAll",
        permissions_list,
        _T,
        LOGIN,
        query=ListPermissions,
        answer=ChangedPermissions,
    ),
]
