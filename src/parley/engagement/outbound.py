"""Providers of outbound messages: Rocket.Chat's come from installed apps, and there are no apps.

So there is none to list, and whoever names one names none (contract/management.md §15).
"""

from typing import Any

from parley.db import Database
from parley.engagement.answers import OutboundProviders
from parley.engagement.schemas import ListProviders
from parley.errors import NotFound
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def provider_list(db: Database, call: Call) -> dict[str, Any]:
    """Providers of outbound messages: none, as there are no apps."""
    return {"providers": []}


async def provider_metadata(db: Database, call: Call) -> dict[str, Any]:
    """A provider's templates: there are no providers, so none is found."""
    raise NotFound("Outbound provider not found")


async def provider_message(db: Database, call: Call) -> dict[str, Any]:
    """Send a message by a provider: there are no providers, so nothing is sent."""
    raise NotFound("Outbound provider not found")


_SEND = ("outbound.send-messages",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/omnichannel/outbound/providers",
        provider_list,
        Dialect.L,
        _SEND,
        query=ListProviders,
        answer=OutboundProviders,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/outbound/providers/:id/metadata",
        provider_metadata,
        Dialect.L,
        _SEND,
        answer=Done,
        also=(404,),
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/outbound/providers/:id/message",
        provider_message,
        Dialect.L,
        _SEND,
        answer=Done,
        also=(404,),
    ),
]
