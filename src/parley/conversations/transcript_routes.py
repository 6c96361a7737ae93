from typing import Any

from parley.conversations.answers import TranscriptPromised
from parley.conversations.schemas import TranscriptAtClose, TranscriptForVisitor
from parley.conversations.transcripts import ask_as_visitor, cancel_request, request_at_close
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route

_SEND = ("send-omnichannel-chat-transcript",)


async def transcript_of_visitor(db: Database, call: Call) -> dict[str, Any]:
    """Mails the visitor's conversation to an address; `jobs.list` shows what became of it."""
    body: TranscriptForVisitor = call.body
    what = (body.token, body.rid, body.email, body.subject or "")
    await db.act(ask_as_visitor, *what, call.caller.settings)
    return {"message": "Omnichannel transcript sent"}


async def transcript_request(db: Database, call: Call) -> dict[str, Any]:
    """Has an open conversation mailed to an address when it closes."""
    await db.act(request_at_close, call.caller, call.path["rid"], call.body)
    return {}


async def transcript_cancel(db: Database, call: Call) -> dict[str, Any]:
    """Takes that back."""
    await db.act(cancel_request, call.caller, call.path["rid"])
    return {}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/transcript",
        transcript_of_visitor,
        Dialect.L,
        body=TranscriptForVisitor,
        answer=TranscriptPromised,
    ),
    Route(
        "POST",
        "/api/v1/livechat/transcript/:rid",
        transcript_request,
        Dialect.L,
        _SEND,
        body=TranscriptAtClose,
        answer=Done,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/transcript/:rid",
        transcript_cancel,
        Dialect.L,
        _SEND,
        answer=Done,
    ),
]
