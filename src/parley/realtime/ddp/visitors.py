"""A visitor's connection: it stays anonymous, and says by a token whose it is (realtime.md §3)."""

from collections import Counter
from typing import Any

from parley.conversations.visitor_status import set_visitor_status
from parley.errors import Coded, ParleyError
from parley.messages.methods import NOTHING
from parley.realtime.ddp.office import Office, Peer
from parley.visitors.store import by_token

_CONNECTED: Counter[str] = Counter()
"""Connections of this process by the visitor's token: several tabs are one visitor."""


async def set_up_connection(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Clients also send `{}`, before they have a token: an empty answer, and no more."""
    token = params[0].get("token") if params and isinstance(params[0], dict) else None
    if not isinstance(token, str) or not token or token == peer.visitor_token:
        return NOTHING
    if await office.db.read(by_token, token) is None:
        raise Coded("invalid-token")
    await left(office, peer)
    peer.visitor_token = token
    _CONNECTED[token] += 1
    await office.db.act(set_visitor_status, token, "online")
    return NOTHING


async def left(office: Office, peer: Peer) -> None:
    """The connection is closed: with the visitor's last one, the visitor is gone."""
    token, peer.visitor_token = peer.visitor_token, ""
    if not token:
        return
    _CONNECTED[token] -= 1
    if _CONNECTED[token] > 0:
        return
    del _CONNECTED[token]
    try:
        await office.db.act(set_visitor_status, token, "offline")
    except ParleyError:
        return  # erased, or no database: whoever looks sees the last that was known


async def login_by_token(office: Office, peer: Peer, params: list[Any]) -> Any:
    token = params[0] if params else None
    visitor = await office.db.read(by_token, token) if isinstance(token, str) else None
    return NOTHING if visitor is None else {"_id": visitor.id}
