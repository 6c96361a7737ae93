from typing import Any

from parley.accounts.answers import OneRole, OneUser
from parley.accounts.people import named
from parley.accounts.roles import AGENT, role_doc
from parley.accounts.timed_status import status_now
from parley.audit.actor import by
from parley.contacts.looked_after import forget_manager
from parley.conversations.answers import ActiveStatus, Deleted
from parley.conversations.leaving import delete, set_active
from parley.conversations.people import update_person
from parley.conversations.roles import add_to_role, remove_from_role
from parley.conversations.schemas import (
    DeletePerson,
    RoleOfPerson,
    SetActiveStatus,
    UpdatePerson,
)
from parley.db import Database
from parley.errors import Coded
from parley.web.route import LOGIN, Call, Dialect, Route


async def users_update(db: Database, call: Call) -> dict[str, Any]:
    """Change somebody's account; roles, password and activity ask for permissions of their own."""
    body: UpdatePerson = call.body
    user = await update_person(db, by(call), call.caller, body.userId, body.data)
    return {"user": status_now(user)}


async def users_set_active_status(db: Database, call: Call) -> dict[str, Any]:
    """Deactivate a person, whose sessions end and whose chats are closed, or let them back in."""
    body: SetActiveStatus = call.body
    settings = call.caller.settings
    user = await set_active(db, by(call), body.userId, body.activeStatus, settings)
    return {"user": {"_id": user["_id"], "active": user["active"]}}


async def users_delete(db: Database, call: Call) -> dict[str, Any]:
    """Delete a person; rooms and messages keep their names."""
    who: DeletePerson = call.body
    username = who.username or who.user
    if not (who.userId or username):
        text = 'The required "userId" or "username" param was not provided'
        raise Coded("error-user-param-not-provided", text)
    user = await db.read(named, call.caller, who.userId, username)
    await delete(db, by(call), user["_id"], call.caller.settings)
    return {"deletedRooms": []}


async def roles_add_user(db: Database, call: Call) -> dict[str, Any]:
    """Give a person a role; asks for `access-permissions`."""
    body: RoleOfPerson = call.body
    await db.act(add_to_role, by(call), call.caller, body.username, body.roleId)
    return {"role": role_doc(body.roleId)}


async def roles_remove_user(db: Database, call: Call) -> dict[str, Any]:
    """Take a role from a person; asks for `access-permissions`."""
    body: RoleOfPerson = call.body
    user = await db.act(remove_from_role, by(call), call.caller, body.username, body.roleId)
    if body.roleId == AGENT:
        await forget_manager(db, user["_id"])
    return {"role": role_doc(body.roleId)}


_T = Dialect.T
ROUTES = [
    Route(
        "POST",
        "/api/v1/users.update",
        users_update,
        _T,
        LOGIN,
        body=UpdatePerson,
        answer=OneUser,
        second_factor=True,
    ),
    Route(
        "POST",
        "/api/v1/users.setActiveStatus",
        users_set_active_status,
        _T,
        ("edit-other-user-active-status", "manage-moderation-actions"),
        body=SetActiveStatus,
        answer=ActiveStatus,
    ),
    Route(
        "POST",
        "/api/v1/users.delete",
        users_delete,
        _T,
        ("delete-user",),
        body=DeletePerson,
        answer=Deleted,
    ),
    Route(
        "POST",
        "/api/v1/roles.addUserToRole",
        roles_add_user,
        _T,
        LOGIN,
        body=RoleOfPerson,
        answer=OneRole,
    ),
    Route(
        "POST",
        "/api/v1/roles.removeUserFromRole",
        roles_remove_user,
        _T,
        LOGIN,
        body=RoleOfPerson,
        answer=OneRole,
    ),
]
