from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.integrations.mailer.schemas import SendMailing, Unsubscribe
from parley.integrations.mailer.service import order_mailing, unsubscribe_by_link
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def mailer(db: Database, call: Call) -> dict[str, Any]:
    """Mails something to everybody, or to whom `query` means."""
    await db.act(order_mailing, by(call), call.caller, call.caller.settings, call.body)
    return {}


async def mailer_unsubscribe(db: Database, call: Call) -> dict[str, Any]:
    """Takes somebody out of the mailings: the caller, or whom the link was written for."""
    await db.act(unsubscribe_by_link, call.caller, call.body)
    return {}


ROUTES = [
    Route(
        "POST",
        "/api/v1/mailer",
        mailer,
        Dialect.L,
        ("send-mail",),
        body=SendMailing,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/mailer.unsubscribe",
        mailer_unsubscribe,
        Dialect.L,
        LOGIN,
        body=Unsubscribe,
        answer=Done,
    ),
]
