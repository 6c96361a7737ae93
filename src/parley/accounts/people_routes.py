from typing import Any

from parley.accounts.answers import (
    LoggedOut,
    OneUser,
    People,
    PreferencesSet,
    PresenceOf,
    Presences,
    StatusOf,
    StoredPreferences,
)
from parley.accounts.client_preferences import preferences_of, set_preferences
from parley.accounts.people import (
    Found,
    info,
    listed,
    log_out_everywhere,
    named,
    present,
    timed,
)
from parley.accounts.schemas import (
    ListPeople,
    LogOutPerson,
    SetPreferences,
    WhichPerson,
    WhoIsPresent,
    Whose,
)
from parley.accounts.timed_status import status_now
from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import Doc
from parley.web.route import LOGIN, Call, Dialect, Route


async def users_info(db: Database, call: Call) -> dict[str, Any]:
    """One person; without `view-full-other-user-info` only what everybody may know."""
    return {"user": await db.read(info, call.caller, call.query)}


async def users_list(db: Database, call: Call) -> dict[str, Any]:
    """People, by username; what the caller may not see of them is left out."""
    return page_of_people(await listed(db, call.caller, call.query))


def page_of_people(found: Found) -> dict[str, Any]:
    counts = {"count": len(found.users), "offset": found.offset, "total": found.total}
    return {"users": found.users, **counts}


async def users_get_status(db: Database, call: Call) -> dict[str, Any]:
    """The status of a person, or one's own."""
    user = await _whose(db, call)
    shown = {"_id": user["_id"], "status": user["status"], **timed(user)}
    return shown | _own(call, user, "connectionStatus")


async def users_get_presence(db: Database, call: Call) -> dict[str, Any]:
    """The status of a person in one word, or one's own."""
    user = await _whose(db, call)
    return {"presence": user["status"], **_own(call, user, "connectionStatus", "lastLogin")}


async def _whose(db: Database, call: Call) -> Doc:
    whose: Whose = call.query
    username = whose.username or whose.user
    return status_now(await db.read(named, call.caller, whose.userId, username))


def _own(call: Call, user: Doc, *keys: str) -> Doc:
    """What is told to nobody but the person."""
    if user["_id"] != call.caller.user_id:
        return {}
    known = {"connectionStatus": user.get("statusConnection", "offline")}
    known |= {key: user[key] for key in ("lastLogin",) if key in user}
    return {key: known[key] for key in keys if key in known}


async def users_presence(db: Database, call: Call) -> dict[str, Any]:
    """Statuses of many: of those with these ids, of those that changed, or of all who are there."""
    wanted: WhoIsPresent = call.query
    ids = [wanted.ids] if isinstance(wanted.ids, str) else wanted.ids or []
    each = [part.strip() for text in ids for part in text.split(",")]
    users, full = await db.scan(present, wanted.since, [key for key in each if key])
    return {"users": users, "full": full}


async def users_get_preferences(db: Database, call: Call) -> dict[str, Any]:
    """What the caller has told clients to remember."""
    user = await db.read(named, call.caller, None, None)
    return {"preferences": preferences_of(user)}


async def users_set_preferences(db: Database, call: Call) -> dict[str, Any]:
    """Tell clients what to remember; what is not sent stays as it is."""
    fields = call.raw["data"]
    user = await db.act(set_preferences, by(call), call.caller, call.body.userId, fields)
    return {"user": {"_id": user["_id"], "settings": {"preferences": preferences_of(user)}}}


async def users_logout(db: Database, call: Call) -> dict[str, Any]:
    """End every session and personal access token, one's own or somebody's."""
    who = await db.act(log_out_everywhere, by(call), call.caller, call.body.userId)
    return {"message": f"User {who} has been logged out!"}


_T = Dialect.T
ROUTES = [
    Route("GET", "/api/v1/users.info", users_info, _T, LOGIN, query=WhichPerson, answer=OneUser),
    Route(
        "GET",
        "/api/v1/users.list",
        users_list,
        _T,
        ("view-d-room",),
        query=ListPeople,
        answer=People,
    ),
    Route(
        "GET",
        "/api/v1/users.getStatus",
        users_get_status,
        _T,
        LOGIN,
        query=Whose,
        answer=StatusOf,
    ),
    Route(
        "GET",
        "/api/v1/users.getPresence",
        users_get_presence,
        _T,
        LOGIN,
        query=Whose,
        answer=PresenceOf,
    ),
    Route(
        "GET",
        "/api/v1/users.presence",
        users_presence,
        _T,
        LOGIN,
        query=WhoIsPresent,
        answer=Presences,
    ),
    Route(
        "GET",
        "/api/v1/users.getPreferences",
        users_get_preferences,
        _T,
        LOGIN,
        answer=StoredPreferences,
    ),
    Route(
        "POST",
        "/api/v1/users.setPreferences",
        users_set_preferences,
        _T,
        LOGIN,
        body=SetPreferences,
        answer=PreferencesSet,
    ),
    Route(
        "POST",
        "/api/v1/users.logout",
        users_logout,
        _T,
        LOGIN,
        body=LogOutPerson,
        answer=LoggedOut,
        also=(403,),
    ),
]
