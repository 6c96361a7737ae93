"""Who is typing: told to who listens now, and kept nowhere (realtime.md §5 "Typing")."""

from typing import Any

from parley.errors import Refused
from parley.messages.methods import NOTHING
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.ddp.streams import token_in
from parley.rooms.service import own_room
from parley.rooms.visibility import may_see

KIND = "typing"
ACTIVITIES = ("user-typing", "user-recording", "user-uploading")
LONGEST_ID = 64


async def notify_room(office: Office, peer: Peer, params: list[Any]) -> Any:
    """What may not be said is swallowed: clients wait for the result, not for what becomes of it.

    Widgets of before 2022 say `typing` with a bool; both forms reach listeners of both.
    """
    event, name, said = (params + [None] * 3)[:3]
    if not isinstance(event, str) or not isinstance(name, str):
        return NOTHING
    room_id, _, what = event.partition("/")
    if not room_id or len(room_id) > LONGEST_ID:
        return NOTHING
    activities = _activities(what, said)
    if activities is None:
        return NOTHING
    extra = params[3] if len(params) > 3 else None
    who = await _name(office, peer, room_id, name, token_in(extra))
    if who is not None:
        doc = {"name": who, "activities": activities, "session": peer.session}
        await office.feed.signal(f"room:{room_id}", KIND, doc)
    return NOTHING


def _activities(what: str, said: Any) -> list[str] | None:
    if what == "typing" and isinstance(said, bool):
        return ["user-typing"] if said else []
    if what == "user-activity" and isinstance(said, list):
        return [one for one in ACTIVITIES if one in said]
    return None


async def _name(office: Office, peer: Peer, room_id: str, name: str, token: str) -> str | None:
    """The name that others are told; None for who may not speak here.

    A visitor is called what the room calls them, whatever name was sent.
    """
    if token:
        try:
            visitor, room = await office.db.read(own_room, token, room_id)
        except Refused:
            return None
        return str(room["v"].get("username") or visitor.doc["username"])
    person = peer.person
    own = person.name if person.settings["UI_Use_Real_Name"] else person.username
    if person.user_id is None or name not in (own, person.username):
        return None
    return name if await office.db.read(may_see, person, room_id) else None


async def swallow(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Calls and the like, which clients send and nobody of a livechat hears."""
    return NOTHING
