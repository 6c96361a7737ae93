from typing import Any

from parley.conversations.queue import listing, store
from parley.conversations.queue.answers import (
    Inquiries,
    InquiryLines,
    Loads,
    OneInquiry,
    Returned,
    Waits,
)
from parley.conversations.queue.schemas import (
    ListInquiries,
    ListQueued,
    ListServed,
    ListWaits,
    ReturnInquiry,
    TakeInquiry,
    WhichInquiry,
)
from parley.conversations.queue.taking import return_inquiry, take_inquiry
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def inquiries_list(db: Database, call: Call) -> dict[str, Any]:
    """Chats that wait in any queue, or in a department's, newest first."""
    return await db.scan(listing.list_queued, call.caller, call.query)


async def inquiries_queued_for_user(db: Database, call: Call) -> dict[str, Any]:
    """Chats that wait for the caller: in the public queue, their departments', or for them alone.

    In the order in which they are served; `sort` comes before it.
    """
    return await db.scan(listing.list_queued_for, call.caller, call.query)


async def inquiries_get_one(db: Database, call: Call) -> dict[str, Any]:
    """The inquiry of an open room, or null."""
    texts = listing.shows_texts(call.caller)
    room_id = call.query.roomId
    return {"inquiry": await db.read(store.inquiry_for, call.caller, room_id, texts=texts)}


async def inquiries_take(db: Database, call: Call) -> dict[str, Any]:
    """Takes a chat that waits, for the caller or for `userId`; one of many wins."""
    body: TakeInquiry = call.body
    await db.act(take_inquiry, call.caller, body.inquiryId, body.userId)
    return {}


async def inquiries_return(db: Database, call: Call) -> dict[str, Any]:
    """Gives a chat back to the queue, or into another department's."""
    return {"result": await db.act(return_inquiry, call.caller, call.body)}


async def queue_loads(db: Database, call: Call) -> dict[str, Any]:
    """How many chats each agent serves in each department, the most first."""
    return await db.scan(listing.list_served, call.caller, call.query)


async def queue_waiting(db: Database, call: Call) -> dict[str, Any]:
    """How many chats wait in each queue, and for how long, the longest first (ours)."""
    return await db.scan(listing.list_waits, call.caller, call.query)


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/inquiries.list",
        inquiries_list,
        Dialect.L,
        ("view-livechat-manager",),
        query=ListInquiries,
        answer=InquiryLines,
    ),
    Route(
        "GET",
        "/api/v1/livechat/inquiries.queuedForUser",
        inquiries_queued_for_user,
        Dialect.L,
        ("view-l-room",),
        query=ListQueued,
        answer=Inquiries,
    ),
    Route(
        "GET",
        "/api/v1/livechat/inquiries.getOne",
        inquiries_get_one,
        Dialect.L,
        ("view-l-room",),
        query=WhichInquiry,
        answer=OneInquiry,
    ),
    Route(
        "POST",
        "/api/v1/livechat/inquiries.take",
        inquiries_take,
        Dialect.L,
        ("view-l-room",),
        body=TakeInquiry,
        answer=Done,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/inquiries.returnAsInquiry",
        inquiries_return,
        Dialect.T,
        ("view-l-room",),
        body=ReturnInquiry,
        answer=Returned,
    ),
    Route(
        "GET",
        "/api/v1/livechat/queue",
        queue_loads,
        Dialect.L,
        ("view-l-room",),
        query=ListServed,
        answer=Loads,
    ),
    Route(
        "GET",
        "/api/v1/livechat/queue.waiting",
        queue_waiting,
        Dialect.L,
        ("view-livechat-queue",),
        query=ListWaits,
        answer=Waits,
    ),
]
