from typing import Any

import msgspec

from parley.clock import iso, parse
from parley.db import Database
from parley.errors import Coded
from parley.rooms.answers import ChangedRooms, ChangedSubscriptions, OneSubscription
from parley.rooms.schemas import ReadRoom, UpdatedSince, WhichSubscription
from parley.rooms.subscription_store import (
    Changed,
    rooms_of,
    subscription_of,
    subscriptions_of,
)
from parley.rooms.unread import mark_read
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def rooms_get(db: Database, call: Call) -> dict[str, Any]:
    """Rooms that the caller takes part in; with `updatedSince`, what changed since."""
    return _answer(await db.read(rooms_of, call.caller, _since(call)))


async def subscriptions_get(db: Database, call: Call) -> dict[str, Any]:
    """The caller's subscriptions, with what is unread; with `updatedSince`, what changed since."""
    return _answer(await db.read(subscriptions_of, call.caller, _since(call)))


def _since(call: Call) -> str:
    text = call.query.updatedSince
    try:
        return iso(parse(text)) if text else ""
    except (ValueError, OverflowError):
        raise Coded(
            "error-updatedSince-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        ) from None


def _answer(changed: Changed) -> dict[str, Any]:
    return {
        "update": [msgspec.Raw(doc.encode()) for doc in changed.update],
        "remove": [{"_id": key, "_deletedAt": at} for key, at in changed.removed],
    }


async def subscriptions_get_one(db: Database, call: Call) -> dict[str, Any]:
    """The caller's subscription of a room."""
    doc = await db.read(subscription_of, call.query.roomId, call.caller.user_id)
    return {"subscription": None if doc is None else msgspec.Raw(doc.encode())}


async def subscriptions_read(db: Database, call: Call) -> dict[str, Any]:
    """Says that the caller has read a room, named by `rid` or `roomId`."""
    body: ReadRoom = call.body
    room_id = body.rid if body.rid is not None else body.roomId
    if room_id is None:
        missing = [f"must have required property '{name}'" for name in ("rid", "roomId")]
        text = "\n ".join([*missing, "must match a schema in anyOf"])
        raise Coded("invalid-params", text)
    await db.act(mark_read, call.caller, room_id)
    return {}


ROUTES = [
    Route(
        "GET",
        "/api/v1/rooms.get",
        rooms_get,
        Dialect.T,
        LOGIN,
        query=UpdatedSince,
        answer=ChangedRooms,
    ),
    Route(
        "GET",
        "/api/v1/subscriptions.get",
        subscriptions_get,
        Dialect.L,
        LOGIN,
        query=UpdatedSince,
        answer=ChangedSubscriptions,
    ),
    Route(
        "GET",
        "/api/v1/subscriptions.getOne",
        subscriptions_get_one,
        Dialect.L,
        LOGIN,
        query=WhichSubscription,
        answer=OneSubscription,
    ),
    Route(
        "POST",
        "/api/v1/subscriptions.read",
        subscriptions_read,
        Dialect.L,
        LOGIN,
        body=ReadRoom,
        answer=Done,
    ),
]
