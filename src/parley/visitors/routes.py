from typing import Any

from parley.db import Database
from parley.errors import Coded
from parley.visitors.answers import OneVisitor
from parley.visitors.store import by_token
from parley.web.route import Call, Dialect, Route


async def visitor_by_token(db: Database, call: Call) -> dict[str, Any]:
    """The visitor with this token."""
    visitor = await db.read(by_token, call.path["token"])
    if visitor is None:
        raise Coded("invalid-token")
    return {"visitor": visitor.own(visitor.doc)}


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/visitor/:token",
        visitor_by_token,
        Dialect.C,
        answer=OneVisitor,
    ),
]
