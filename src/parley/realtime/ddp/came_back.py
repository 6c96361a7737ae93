"""A visitor's connection that came back: it hears its room again without having asked.

npm's widget 1.13.3 opens a new socket when the server was gone, and never subscribes again; the
first that is heard of it is that its visitor types. It takes frames by their stream's name, and a
message that it has already by its `_id`.
"""

from typing import Any, Protocol

from parley.errors import ParleyError
from parley.messages.ejson import with_dates
from parley.messages.kinds import KINDS
from parley.messages.reading import own_history
from parley.realtime.ddp.frames import changed
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.ddp.streams import LIVECHAT_ROOM, NOTIFY_ROOM, ROOM_MESSAGES, token_in
from parley.realtime.ddp.subscriptions import Subscriptions
from parley.realtime.ddp.visitors import set_up_connection
from parley.realtime.ddp.wire import Wire
from parley.rooms.service import own_room

NEWEST = 50
"""Messages that are sent again: some of them were missed."""
MOST_ROOMS = 10
"""Rooms of a connection. A visitor has one that is open."""
LOOKS = 3
LONGEST_ID = 64

_HEARD = (
    (ROOM_MESSAGES, ""),
    (LIVECHAT_ROOM, ""),
    (NOTIFY_ROOM, "/typing"),
    (NOTIFY_ROOM, "/deleteMessage"),
)
"""What the widget listens to of a room."""
_TYPES = ("typing", "user-activity")


class Returning(Protocol):
    """A connection, as far as this goes."""

    peer: Peer
    subscriptions: Subscriptions
    wire: Wire


async def look(office: Office, connection: Returning, method: str, params: list[Any]) -> None:
    """After each method: lets in who types in their room and listens to nothing of it.

    Once for a connection and room. What the token gives no right to is not heard. Raises Gone.
    """
    peer = connection.peer
    event, token = params[0] if params else None, token_in(params[3] if len(params) > 3 else None)
    if method != "stream-notify-room" or peer.user_id or not token or not isinstance(event, str):
        return
    room_id, _, what = event.partition("/")
    if what not in _TYPES or not 0 < len(room_id) <= LONGEST_ID:
        return
    if room_id in peer.came_back or len(peer.came_back) >= MOST_ROOMS:
        return
    if connection.subscriptions.of_room(room_id):
        return
    try:
        await office.db.read(own_room, token, room_id)
    except ParleyError:
        return
    await _let_in(office, connection, room_id, token)


async def _let_in(office: Office, connection: Returning, room_id: str, token: str) -> None:
    peer = connection.peer
    try:
        await _listen(office, connection, room_id, token)
        await _send(office, connection, room_id, token)
        if not peer.visitor_token:
            await set_up_connection(office, peer, [{"token": token}])
    except ParleyError:
        # No database: all of it again when they type again.
        for key in connection.subscriptions.of_room(room_id):
            connection.subscriptions.close(key)
    else:
        peer.came_back.add(room_id)


async def _newest(office: Office, peer: Peer, room_id: str, token: str) -> list[str]:
    """The newest messages as stored, oldest first. Raises Refused for another's room."""
    hidden = [kind for kind in peer.person.settings["Hide_System_Messages"] if kind in KINDS]
    _, docs = await office.db.read(own_history, token, room_id, hidden, None, NEWEST, 0)
    return docs[::-1]


async def _listen(office: Office, connection: Returning, room_id: str, token: str) -> None:
    """As if it had asked, by the same rights and within the same bounds."""
    for stream, suffix in _HEARD:
        event = room_id + suffix
        key, params = f"came-back/{stream}/{event}", [event, {"args": [{"token": token}]}]
        try:
            await connection.subscriptions.open(office, connection.peer, key, stream, params)
        except ParleyError:
            continue  # of a closed room there are no messages to come


async def _send(office: Office, connection: Returning, room_id: str, token: str) -> None:
    """What a frame told while the messages were read would be undone by older ones: they are read
    again until nothing is new."""
    sent: set[str] = set()
    for _ in range(LOOKS):
        docs = await _newest(office, connection.peer, room_id, token)
        new = [doc for doc in docs if doc not in sent]
        for doc in new:
            connection.wire.write(changed(ROOM_MESSAGES, room_id, f"[{with_dates(doc)}]"))
            await connection.wire.drained()
        sent.update(new)
        if not new:
            return
