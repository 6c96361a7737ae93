from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import encode
from parley.errors import Refused
from parley.ids import object_id
from parley.integrations.answers import Deliveries, Replayed
from parley.integrations.receiver import receiver, send
from parley.integrations.replay import replay
from parley.integrations.sample import sample
from parley.integrations.schemas import ListDeliveries, ReplayWebhooks
from parley.integrations.store import Wanted, list_events
from parley.web.answers import Done
from parley.web.paging import page_of
from parley.web.route import Call, Dialect, Route


async def webhook_test(db: Database, call: Call) -> dict[str, Any]:
    """Sends a sample to the webhook's URL, once."""
    to = await db.read(receiver)
    if not to.url:
        raise Refused("Webhook_URL_not_set")
    outcome = await send(to, object_id(), encode(sample()).encode())
    if outcome.status != 200:
        raise Refused("error-invalid-webhook-response")
    return {}


async def webhook_deliveries(db: Database, call: Call) -> dict[str, Any]:
    """What another system was told and is still to be told, newest first (ours)."""
    query: ListDeliveries = call.query
    page = page_of(query, call.caller.settings)
    wanted = Wanted(query.rid or "", query.state or "", query.type or "")
    docs, total = await db.scan(list_events, wanted, page.limit, page.offset)
    return {"deliveries": docs, "count": len(docs), "offset": page.offset, "total": total}


async def webhook_replay(db: Database, call: Call) -> dict[str, Any]:
    """Tells again: one event, or those of a time (ours)."""
    return await db.act(replay, by(call), call.body)


_WEBHOOKS = ("view-livechat-webhooks",)
ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/webhook.test",
        webhook_test,
        Dialect.L,
        _WEBHOOKS,
        answer=Done,
    ),
    Route(
        "GET",
        "/api/v1/livechat/webhooks.deliveries",
        webhook_deliveries,
        Dialect.T,
        _WEBHOOKS,
        query=ListDeliveries,
        answer=Deliveries,
    ),
    Route(
        "POST",
        "/api/v1/livechat/webhooks.replay",
        webhook_replay,
        Dialect.T,
        _WEBHOOKS,
        body=ReplayWebhooks,
        answer=Replayed,
    ),
]
