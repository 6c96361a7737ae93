from typing import Any

from parley.db import Database
from parley.rooms.groups import service
from parley.rooms.groups.answers import Members, OneGroup
from parley.rooms.groups.schemas import CreateGroup, ListMembers, WhichGroup
from parley.web.answers import Done
from parley.web.paging import page_of
from parley.web.route import LOGIN, Call, Dialect, Route


async def group_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a private group of people."""
    return {"group": await db.act(service.create_group, call.caller, call.body)}


async def group_info(db: Database, call: Call) -> dict[str, Any]:
    """A group that the caller is in."""
    return {"group": await db.read(service.group_info, call.caller, call.query)}


async def group_members(db: Database, call: Call) -> dict[str, Any]:
    """Who is in a group, by username."""
    query: ListMembers = call.query
    page = page_of(query, call.caller.settings)
    which = WhichGroup(query.roomId, query.roomName)
    people = await db.read(service.group_members, call.caller, which)
    shown = people[page.offset : page.offset + page.limit]
    counts = {"count": len(shown), "offset": page.offset, "total": len(people)}
    return {"members": shown, **counts}


async def group_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes a group; its people stay."""
    await db.act(service.delete_group, call.caller, call.body)
    return {}


_L = Dialect.L

ROUTES = [
    Route(
        "POST",
        "/api/v1/groups.create",
        group_create,
        _L,
        LOGIN,
        body=CreateGroup,
        answer=OneGroup,
        also=(403,),
    ),
    Route(
        "GET",
        "/api/v1/groups.info",
        group_info,
        _L,
        LOGIN,
        query=WhichGroup,
        answer=OneGroup,
    ),
    Route(
        "GET",
        "/api/v1/groups.members",
        group_members,
        _L,
        LOGIN,
        query=ListMembers,
        answer=Members,
    ),
    Route(
        "POST",
        "/api/v1/groups.delete",
        group_delete,
        _L,
        LOGIN,
        body=WhichGroup,
        answer=Done,
    ),
]
