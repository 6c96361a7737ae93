from typing import Any

from parley.db import Database
from parley.engagement.answers import OneConfig, RoutingConfig
from parley.engagement.schemas import WidgetConfig
from parley.engagement.widget import widget_config
from parley.preferences.routing_method import routing_method
from parley.web.route import LOGIN, Call, Dialect, Route


async def config(db: Database, call: Call) -> dict[str, Any]:
    """All that a widget needs to begin; with a token also what is under way."""
    query: WidgetConfig = call.query
    settings = call.caller.settings
    return {"config": await db.read(widget_config, settings, query.token, query.department)}


async def config_routing(db: Database, call: Call) -> dict[str, Any]:
    """What the routing method means to a client."""
    method = routing_method(call.caller.settings)
    return {
        "config": {
            "previewRoom": method.preview_room,
            "showConnecting": method.show_connecting,
            "showQueue": method.show_queue,
            "showQueueLink": method.show_queue_link,
            "returnQueue": method.return_queue,
            "enableTriggerAction": method.trigger_action,
            "autoAssignAgent": method.auto_assign,
        }
    }


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/config",
        config,
        Dialect.L,
        query=WidgetConfig,
        answer=OneConfig,
    ),
    Route(
        "GET",
        "/api/v1/livechat/config/routing",
        config_routing,
        Dialect.T,
        LOGIN,
        answer=RoutingConfig,
    ),
]
