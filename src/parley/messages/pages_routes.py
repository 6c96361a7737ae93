from typing import Any

from parley.db import Database
from parley.errors import Coded
from parley.messages.answers import PageNoted, Pages
from parley.messages.pages import note_page, pages_of
from parley.messages.schemas import PageVisited
from parley.visitors.store import LONGEST_TOKEN
from parley.web.envelope import Listing
from parley.web.paging import Paged, page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def page_visited(db: Database, call: Call) -> dict[str, Any]:
    """Notes a page that the visitor looks at; kept 30 days for who has no room yet."""
    body: PageVisited = call.body
    settings = call.caller.settings
    if not body.token.strip() or len(body.token) > LONGEST_TOKEN:
        raise Coded("invalid-token")
    if body.pageInfo.change != settings["Livechat_history_monitor_type"]:
        return {}
    _, message = await db.act(note_page, body.token, body.rid, body.pageInfo, settings)
    page = message["navigation"]["page"]
    return {"page": {"msg": message["msg"], "navigation": {"page": page, "token": body.token}}}


async def pages_visited(db: Database, call: Call) -> Listing:
    """Pages that the room's visitor looked at, newest first."""
    query: Paged = call.query
    page = page_of(query, call.caller.settings)
    keys = sort_of(query, ("ts",))
    newest_first = keys[0].descending if keys else True
    docs, total = await db.scan(
        pages_of, call.caller, call.path["roomId"], newest_first, page.limit, page.offset
    )
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("pages", ",".join(docs), counts)


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/page.visited",
        page_visited,
        Dialect.L,
        body=PageVisited,
        answer=PageNoted,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitors.pagesVisited/:roomId",
        pages_visited,
        Dialect.L,
        ("view-l-room",),
        query=Paged,
        answer=Pages,
    ),
]
