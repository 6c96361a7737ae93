"""A visitor's connection: it stays anonymous, and says by a token whose it is (realtime.md §3)."""

from typing import Any

from parley.errors import Coded
from parley.messages.methods import NOTHING
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.presence_store import of_visitor
from parley.visitors.store import by_token


async def set_up_connection(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Clients also send `{}`, before they have a token: an empty answer, and no more."""
    token = params[0].get("token") if params and isinstance(params[0], dict) else None
    if not isinstance(token, str) or not token or token == peer.visitor_token:
        return NOTHING
    visitor = await office.db.read(by_token, token)
    if visitor is None:
        raise Coded("invalid-token")
    left(peer)
    peer.visitor_token = token
    peer.visiting = await office.presence.connected(of_visitor(visitor.id))
    return NOTHING


def left(peer: Peer) -> None:
    """The connection is closed: with the visitor's last one, the visitor is gone."""
    peer.visitor_token = ""
    if peer.visiting is not None:
        peer.visiting.gone()
        peer.visiting = None


async def login_by_token(office: Office, peer: Peer, params: list[Any]) -> Any:
    token = params[0] if params else None
    visitor = await office.db.read(by_token, token) if isinstance(token, str) else None
    return NOTHING if visitor is None else {"_id": visitor.id}
