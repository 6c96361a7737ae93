from typing import Any

from parley.db import Database
from parley.engagement.answers import OfflineMessages, OfflineMessageSent, OneConfig, RoutingConfig
from parley.engagement.offline import leave_message, left_messages
from parley.engagement.schemas import ListOffline, OfflineMessage, WidgetConfig
from parley.engagement.widget import widget_config
from parley.preferences.routing_method import routing_method
from parley.web.envelope import Listing
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


async def offline_message(db: Database, call: Call) -> dict[str, Any]:
    """Leaves a message that is mailed to the department, or to the office."""
    await db.act(leave_message, call.body, call.caller.settings)
    return {"message": "Livechat offline message sent"}


async def offline_messages(db: Database, call: Call) -> Listing:
    """What was left by the offline form, newest first, with when it was mailed (ours)."""
    docs, total, page = await db.scan(left_messages, call.query, call.caller.settings)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("messages", ",".join(docs), counts)


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
    Route(
        "POST",
        "/api/v1/livechat/offline.message",
        offline_message,
        Dialect.L,
        body=OfflineMessage,
        answer=OfflineMessageSent,
    ),
    Route(
        "GET",
        "/api/v1/livechat/offline.messages",
        offline_messages,
        Dialect.T,
        ("view-livechat-manager",),
        query=ListOffline,
        answer=OfflineMessages,
    ),
]
