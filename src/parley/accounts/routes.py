from typing import Any

from parley.accounts.login import log_in, log_out
from parley.accounts.passwords import hash_password
from parley.accounts.schemas import CreateUser, SetStatus, UpdateGrants
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
from parley.web.route import LOGIN, Call, Dialect, Route


async def login(db: Database, call: Call) -> dict[str, Any]:
    settings = call.caller.settings
    user, token = await log_in(db, call.raw, settings["Accounts_LoginExpiration"])
    me = profile(user, settings)
    return {"status": "success", "data": {"userId": user["_id"], "authToken": token, "me": me}}


async def logout(db: Database, call: Call) -> dict[str, Any]:
    await db.act(log_out, call.caller)
    return {"status": "success", "data": {"message": "You've been logged out!"}}


async def me(db: Database, call: Call) -> dict[str, Any]:
    user = await db.read(find, "users", call.caller.user_id)
    return profile(user or {}, call.caller.settings)


async def users_create(db: Database, call: Call) -> dict[str, Any]:
    check_new_user(call.caller, call.body)
    password_hash = await hash_password(call.body.password or one_time_password())
    return {"user": await db.act(create_user, by(call), call.body, password_hash)}


async def users_set_status(db: Database, call: Call) -> dict[str, Any]:
    await db.act(set_status, call.caller, call.body)
    return {}


async def permissions_update(db: Database, call: Call) -> dict[str, Any]:
    await db.act(update_grants, by(call), call.body.permissions)
    return {"permissions": await db.read(all_grants)}


_T = Dialect.T
ROUTES = [
    Route("POST", "/api/v1/login", login, Dialect.L),
    Route("POST", "/api/v1/logout", logout, Dialect.L, LOGIN),
    Route("GET", "/api/v1/logout", logout, Dialect.L, LOGIN),
    Route("GET", "/api/v1/me", me, _T, LOGIN),
    Route("POST", "/api/v1/users.create", users_create, _T, LOGIN, body=CreateUser),
    Route("POST", "/api/v1/users.setStatus", users_set_status, _T, LOGIN, body=SetStatus),
    Route(
        "POST",
        "/api/v1/permissions.update",
        permissions_update,
        _T,
        ("access-permissions",),
        body=UpdateGrants,
    ),
]
