"""A person's own status by methods (realtime.md §3): as `users.setStatus`, in a client's words."""

from typing import Any

import msgspec

from parley.accounts.schemas import SetStatus
from parley.accounts.service import set_status as put_status
from parley.errors import Coded
from parley.messages.methods import NOTHING, MatchFailed
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.presence_store import AWAY, ONLINE

CODES = {"offline": 0, "online": 1, "away": 2, "busy": 3}


async def online(office: Office, peer: Peer, params: list[Any]) -> Any:
    """The client is in use. What the person chose (busy) holds."""
    return await _turn(peer, ONLINE)


async def away(office: Office, peer: Peer, params: list[Any]) -> Any:
    """The client is not looked at."""
    return await _turn(peer, AWAY)


async def _turn(peer: Peer, status: str) -> Any:
    _logged_in(peer)
    if peer.presence is not None:
        await peer.presence.turn(status)
    return NOTHING


async def set_status(office: Office, peer: Peer, params: list[Any]) -> Any:
    """`[status]` or `[status, text]`."""
    _logged_in(peer)
    status, text = [*params, None, None][:2]
    try:
        wanted = msgspec.convert({"status": status, "message": text}, SetStatus)
    except msgspec.ValidationError:
        raise MatchFailed("Match failed") from None
    await office.db.act(put_status, peer.person, wanted)
    return NOTHING


def _logged_in(peer: Peer) -> str:
    if peer.person.user_id is None:
        raise Coded("error-invalid-user", "Invalid user")
    return peer.person.user_id
