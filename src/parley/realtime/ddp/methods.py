"""The methods that clients call (realtime.md §3). Those about messages are REST's `method.call`."""

from collections.abc import Awaitable, Callable
from typing import Any

from parley.messages.method_routes import ROUTES as METHOD_CALL
from parley.messages.methods import METHODS as OF_MESSAGES
from parley.messages.methods import Called, run
from parley.messages.routes import ROUTES as MESSAGES
from parley.realtime.ddp import activity, lists, presence, visitors
from parley.realtime.ddp.login import login, logout
from parley.realtime.ddp.office import Office, Peer
from parley.web.limits import Limiter

Method = Callable[[Office, Peer, list[Any]], Awaitable[Any]]

_ANY_METHOD = METHOD_CALL[0]
_BY_VISITOR = next(r for r in MESSAGES if r.path == "/api/v1/livechat/message")

FREE: dict[str, Method] = {
    "login": login,
    "logout": logout,
    "livechat:setUpConnection": visitors.set_up_connection,
    "livechat:loginByToken": visitors.login_by_token,
    "stream-notify-room": activity.notify_room,
    "stream-notify-room-users": activity.swallow,
    "stream-notify-user": activity.swallow,
    "license:getModules": lists.modules,
    "getRoomRoles": lists.nothing,
}
"""Held by the limit on frames, and by their own."""

COUNTED: dict[str, Method] = {
    "rooms/get": lists.rooms,
    "subscriptions/get": lists.subscriptions,
    "public-settings/get": lists.public_settings,
    "permissions/get": lists.permissions,
    "loadHistory": lists.history,
    "readMessages": lists.read_messages,
    "UserPresence:online": presence.online,
    "UserPresence:away": presence.away,
    "UserPresence:setDefaultStatus": presence.set_status,
    "setUserStatus": presence.set_status,
}
"""Counted by address, together with REST's method calls."""


async def call(office: Office, peer: Peer, name: str, key: str, params: list[Any]) -> Any:
    """The result, or NOTHING. Raises ParleyError."""
    if (method := FREE.get(name)) is not None:
        return await method(office, peer, params)
    _count(office.limiter, peer, name, params)
    if (method := COUNTED.get(name)) is not None:
        return await method(office, peer, params)
    return await run(office.db, peer.person, Called(name, key, params))


def _count(limiter: Limiter, peer: Peer, name: str, params: list[Any]) -> None:
    """Raises TooMany."""
    if name in OF_MESSAGES and not OF_MESSAGES[name][1]:
        sent = params[0] if params else None
        token = sent.get("token") if isinstance(sent, dict) else None
        limiter.check(_BY_VISITOR, peer.person, peer.address, token)
    limiter.check(_ANY_METHOD, peer.person, peer.address, None)
