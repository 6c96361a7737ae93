"""Settings that managers of the livechat see and change, without the rest of them."""

from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.preferences.answers import Appearance, IntegrationSettings
from parley.preferences.appearance import APPEARANCE, change_appearance
from parley.preferences.integrations import INTEGRATIONS, change_integrations
from parley.preferences.listing import whole_settings
from parley.preferences.schemas import SaveAppearance, SaveIntegrations
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def appearance(db: Database, call: Call) -> dict[str, Any]:
    """How the widget looks."""
    return {"appearance": await db.read(whole_settings, APPEARANCE)}


async def appearance_save(db: Database, call: Call) -> dict[str, Any]:
    """Changes how the widget looks: all of it, or nothing."""
    await db.act(change_appearance, by(call), call.body)
    return {}


async def integrations_settings(db: Database, call: Call) -> dict[str, Any]:
    """What is told to other systems, and where; the secret is masked."""
    return {"settings": await db.read(whole_settings, INTEGRATIONS)}


async def integrations_save(db: Database, call: Call) -> dict[str, Any]:
    """Changes what is told to other systems; keys that are not sent stay."""
    body: SaveIntegrations = call.body
    await db.act(change_integrations, by(call), body)
    return {}


_MANAGER = ("view-livechat-manager",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/appearance",
        appearance,
        Dialect.L,
        _MANAGER,
        answer=Appearance,
    ),
    Route(
        "POST",
        "/api/v1/livechat/appearance",
        appearance_save,
        Dialect.L,
        _MANAGER,
        body=SaveAppearance,
        answer=Done,
    ),
    Route(
        "GET",
        "/api/v1/livechat/integrations.settings",
        integrations_settings,
        Dialect.L,
        _MANAGER,
        answer=IntegrationSettings,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/integrations",
        integrations_save,
        Dialect.L,
        _MANAGER,
        body=SaveIntegrations,
        answer=Done,
    ),
]
