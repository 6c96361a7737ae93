from typing import Any

from parley.conversations.answers import TranscriptPromised
from parley.conversations.schemas import (
    TranscriptAtClose,
    TranscriptForVisitor,
    WhichTranscripts,
)
from parley.conversations.transcripts.answers import Transcripts
from parley.conversations.transcripts.pdf import PERMISSION, request_pdf
from parley.conversations.transcripts.requests import (
    ask_as_visitor,
    cancel_request,
    request_at_close,
)
from parley.conversations.transcripts.status import status_of
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


async def transcript_pdf(db: Database, call: Call) -> dict[str, Any]:
    """Has a closed conversation made a PDF, a file of the room; the caller is told when it is."""
    await db.act(request_pdf, call.caller, call.path["rid"])
    return {}


async def transcript_status(db: Database, call: Call) -> dict[str, Any]:
    """What became of a conversation's transcripts, mails and PDF, newest first (ours)."""
    return await db.read(status_of, call.caller, call.query.rid)


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
    Route(
        "POST",
        "/api/v1/omnichannel/:rid/request-transcript",
        transcript_pdf,
        Dialect.L,
        (PERMISSION,),
        answer=Done,
    ),
    Route(
        "GET",
        "/api/v1/livechat/transcript.status",
        transcript_status,
        Dialect.L,
        ("view-l-room",),
        query=WhichTranscripts,
        answer=Transcripts,
    ),
]
