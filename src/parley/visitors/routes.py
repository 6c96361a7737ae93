from typing import Any

import msgspec

from parley.db import Database
from parley.errors import Coded, Refused
from parley.visitors.answers import OneVisitor, OneVisitorSeen, Suggestions, VisitorsFound
from parley.visitors.schemas import SearchVisitors, Selector, Suggest, WhichVisitor
from parley.visitors.search import SORTABLE, search_visitors, suggest_visitors
from parley.visitors.store import by_id, by_token
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

MOST_EXCEPTIONS = 1000

_selector = msgspec.json.Decoder(Selector).decode


async def visitor_by_token(db: Database, call: Call) -> dict[str, Any]:
    """The visitor with this token."""
    visitor = await db.read(by_token, call.path["token"])
    if visitor is None:
        raise Coded("invalid-token")
    return {"visitor": visitor.own(visitor.doc)}


async def visitors_info(db: Database, call: Call) -> dict[str, Any]:
    """A visitor by id, without the token."""
    visitor = await db.read(by_id, call.query.visitorId)
    if visitor is None:
        raise Refused("visitor-not-found")
    return {"visitor": {key: value for key, value in visitor.doc.items() if key != "token"}}


async def visitors_search(db: Database, call: Call) -> dict[str, Any]:
    """Visitors by name, e-mail address, phone number or searchable custom field, newest first."""
    query: SearchVisitors = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, SORTABLE) or [SortKey("ts", True)], SORTABLE, "v.id")
    found = await db.scan(search_visitors, query.term, order, page.limit, page.offset)
    counts = {"count": len(found.visitors), "offset": page.offset, "total": found.total}
    partial = {"partial": True} if found.partial else {}
    return {"visitors": found.visitors, **counts, **partial}


async def visitors_autocomplete(db: Database, call: Call) -> dict[str, Any]:
    """Ten visitors at most whose name begins with the term."""
    try:
        selector = _selector(call.query.selector)
    except (msgspec.DecodeError, RecursionError):
        raise Refused('The "selector" query parameter must be a valid JSON.') from None
    if len(selector.term) > 255 or len(selector.exceptions) > MOST_EXCEPTIONS:
        raise Refused('The "selector" query parameter is too long.')
    found = await db.read(suggest_visitors, selector.term, selector.exceptions)
    return {
        "items": [
            {
                "_id": visitor["_id"],
                "username": visitor["username"],
                "name": visitor["name"],
                "custom_name": f"{visitor['username']} - {visitor['name']}",
            }
            for visitor in found
        ]
    }


_SEES_VISITORS = ("view-l-room",)

ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/visitor/:token",
        visitor_by_token,
        Dialect.C,
        answer=OneVisitor,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitors.info",
        visitors_info,
        Dialect.L,
        _SEES_VISITORS,
        query=WhichVisitor,
        answer=OneVisitorSeen,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitors.search",
        visitors_search,
        Dialect.L,
        _SEES_VISITORS,
        query=SearchVisitors,
        answer=VisitorsFound,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitors.autocomplete",
        visitors_autocomplete,
        Dialect.L,
        _SEES_VISITORS,
        query=Suggest,
        answer=Suggestions,
    ),
]
