from typing import Any

from parley.db import Database
from parley.history.answers import History, HistoryOfContact
from parley.history.contact import SORTABLE, Page, contact_history
from parley.history.schemas import ChatHistory, ContactHistory
from parley.history.service import chat_history
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def visitors_chat_history(db: Database, call: Call) -> Listing:
    """A visitor's conversations, open and closed, newest first.

    `roomId` is one of the visitor's rooms, which the caller may see; of the others, those that the
    caller may see are listed. `sort` is a JSON object of `ts`, `lm`, `closedAt`, `_updatedAt` or
    `msgs` to 1 or -1. While there is more, `cursor.next` of an answer in the order of `ts` is the
    `cursor` of the next page, which then neither skips nor repeats a room.
    """
    history = await chat_history(
        db, call.caller, call.path["roomId"], call.path["visitorId"], call.query
    )
    counts: dict[str, Any] = {
        "count": history.shown,
        "offset": history.offset,
        "total": history.total,
    }
    if history.next is not None:
        counts["cursor"] = {"next": history.next}
    return Listing("history", history.rooms, counts)


async def contacts_history(db: Database, call: Call) -> dict[str, Any]:
    """The closed conversations of a contact, by whatever device, that the caller may see."""
    query: ContactHistory = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, SORTABLE) or [SortKey("closedAt", True)], SORTABLE, "r.id")
    rooms, total = await db.scan(
        contact_history,
        call.caller,
        query.contactId,
        query.source or "",
        Page(order, page.limit, page.offset),
    )
    return {"history": rooms, "count": len(rooms), "offset": page.offset, "total": total}


ROUTES = [
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.history",
        contacts_history,
        Dialect.L,
        ("view-livechat-contact-history",),
        query=ContactHistory,
        answer=HistoryOfContact,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitors.chatHistory/room/:roomId/visitor/:visitorId",
        visitors_chat_history,
        Dialect.L,
        ("view-l-room",),
        query=ChatHistory,
        answer=History,
    ),
]
