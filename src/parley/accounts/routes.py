from typing import Any

from parley.accounts.answers import Login, Logout, Me, OneUser, Permissions
from parley.accounts.credential_store import has_second_factor
from parley.accounts.login import log_in, log_out
from parley.accounts.passwords import hash_password
from parley.accounts.schemas import CreateUser, LogIn, SetStatus, UpdateGrants
from parley.accounts.service import (
    all_grants,
    check_new_user,
    create_user,
    one_time_password,
    profile,
    set_status,
    update_grants,
)
from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import find
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def login(db: Database, call: Call) -> dict[str, Any]:
    """Logs in with a password, or with a token that is still good (`resume`)."""
    settings = call.caller.settings
    code = call.header("x-2fa-code")
    user, token = await log_in(db, call.raw, settings, call.address, code)
    me = profile(user, settings, await db.read(has_second_factor, user["_id"]))
    return {"status": "success", "data": {"userId": user["_id"], "authToken": token, "me": me}}


async def logout(db: Database, call: Call) -> dict[str, Any]:
    """Ends the session whose token this call carries."""
    await db.act(log_out, call.caller)
    return {"status": "success", "data": {"message": "You've been logged out!"}}


async def me(db: Database, call: Call) -> dict[str, Any]:
    """The caller's own document."""
    user_id = call.caller.user_id
    user = await db.read(find, "users", user_id)
    second_factor = await db.read(has_second_factor, user_id)
    return profile(user or {}, call.caller.settings, second_factor)


async def users_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a person; asks for the permission `create-user`."""
    check_new_user(call.caller, call.body)
    password_hash = await hash_password(call.body.password or one_time_password())
    return {"user": await db.act(create_user, by(call), call.body, password_hash)}


async def users_set_status(db: Database, call: Call) -> dict[str, Any]:
    """Sets a status or its text; another person's with `edit-other-user-info`."""
    await db.act(set_status, call.caller, call.body)
    return {}


async def permissions_update(db: Database, call: Call) -> dict[str, Any]:
    """Replaces the roles that hold these permissions; in force with the next request."""
    await db.act(update_grants, by(call), call.body.permissions)
    return {"permissions": await db.read(all_grants)}


_T = Dialect.T
ROUTES = [
    Route("POST", "/api/v1/login", login, Dialect.L, reads=LogIn, answer=Login, also=(401,)),
    Route("POST", "/api/v1/logout", logout, Dialect.L, LOGIN, answer=Logout),
    Route("GET", "/api/v1/logout", logout, Dialect.L, LOGIN, answer=Logout),
    Route("GET", "/api/v1/me", me, _T, LOGIN, answer=Me),
    Route("POST", "/api/v1/users.create", users_create, _T, LOGIN, body=CreateUser, answer=OneUser),
    Route(
        "POST",
        "/api/v1/users.setStatus",
        users_set_status,
        _T,
        LOGIN,
        body=SetStatus,
        answer=Done,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/permissions.update",
        permissions_update,
        _T,
        ("access-permissions",),
        body=UpdateGrants,
        answer=Permissions,
    ),
]
