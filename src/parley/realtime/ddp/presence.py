"""A person's own status by methods (realtime.md §3): as `users.setStatus`, in a client's words."""

from typing import Any

import msgspec

from parley.accounts.identify import Person
from parley.accounts.schemas import SetStatus
from parley.accounts.service import set_status as put_status
from parley.db.documents import Doc, find
from parley.errors import Coded
from parley.messages.methods import NOTHING, MatchFailed
from parley.realtime.ddp.office import Office, Peer

CODES = {"offline": 0, "online": 1, "away": 2, "busy": 3}


async def online(office: Office, peer: Peer, params: list[Any]) -> Any:
    """The client is in use. What the person chose (busy) stays; a logout's end is over."""
    me = await _me(office, peer)
    if me.get("status") == "away" or me.get("statusDefault") == "offline":
        await _put(office, peer.person, SetStatus(status="online"))
    return NOTHING


async def away(office: Office, peer: Peer, params: list[Any]) -> Any:
    """The client is not looked at. Who is not online stays what they are."""
    if (await _me(office, peer)).get("status") == "online":
        await _put(office, peer.person, SetStatus(status="away"))
    return NOTHING


async def set_status(office: Office, peer: Peer, params: list[Any]) -> Any:
    """`[status]` or `[status, text]`."""
    _logged_in(peer)
    status, text = [*params, None, None][:2]
    try:
        wanted = msgspec.convert({"status": status, "message": text}, SetStatus)
    except msgspec.ValidationError:
        raise MatchFailed("Match failed") from None
    await _put(office, peer.person, wanted)
    return NOTHING


async def _put(office: Office, person: Person, wanted: SetStatus) -> None:
    await office.db.act(put_status, person, wanted)


async def _me(office: Office, peer: Peer) -> Doc:
    return await office.db.read(find, "users", _logged_in(peer)) or {}


def _logged_in(peer: Peer) -> str:
    if peer.person.user_id is None:
        raise Coded("error-invalid-user", "Invalid user")
    return peer.person.user_id
