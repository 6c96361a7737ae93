"""Who is typing: told to who listens now, and kept nowhere (realtime.md §5 "Typing")."""

from typing import Any

from parley.db.documents import Doc
from parley.errors import Refused
from parley.messages.methods import NOTHING
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.ddp.streams import token_in
from parley.rooms.service import own_room
from parley.rooms.visibility import may_see

TYPING = "user-typing"
LONGEST_ID = 64


async def notify_room(office: Office, peer: Peer, params: list[Any]) -> Any:
    """What may not be said is swallowed: clients wait for the result, not for what becomes of it.

    Widgets of before 2022 say `typing` with a bool; both forms reach listeners of both.
    """
    event, name, said = [*params, None, None, None][:3]
    if not isinstance(event, str) or not isinstance(name, str):
        return NOTHING
    room_id, _, what = event.partition("/")
    types = _types(what, said)
    if types is None or not 0 < len(room_id) <= LONGEST_ID:
        return NOTHING
    token = token_in(params[3] if len(params) > 3 else None)
    who = await (
        _visitor(office, room_id, token) if token else _person(office, peer, room_id, name)
    )
    if who is not None:
        await office.typing.tell(room_id, who, types, session=peer.session)
    return NOTHING


def _types(what: str, said: Any) -> bool | None:
    if what == "typing" and isinstance(said, bool):
        return said
    if what == "user-activity" and isinstance(said, list):
        return TYPING in said
    return None


async def _visitor(office: Office, room_id: str, token: str) -> Doc | None:
    """As the room calls them, whatever name was sent; None for who has no such room."""
    try:
        visitor, _ = await office.db.read(own_room, token, room_id)
    except Refused:
        return None
    return {"_id": visitor.id, "username": visitor.doc["username"]}


async def _person(office: Office, peer: Peer, room_id: str, name: str) -> Doc | None:
    """None for who may not open the room, or says another's name."""
    person = peer.person
    own = person.name if person.settings["UI_Use_Real_Name"] else person.username
    if person.user_id is None or name not in (own, person.username):
        return None
    if not await office.db.read(may_see, person, room_id):
        return None
    return {"_id": person.user_id, "username": name}


async def swallow(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Calls and the like, which clients send and nobody of a livechat hears."""
    return NOTHING
