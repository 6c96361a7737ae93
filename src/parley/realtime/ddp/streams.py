"""The streams, and who may subscribe to what (realtime.md §4).

A visitor is let in by their token alone, to their own room alone. A person may hear of a room that
they may open (`rooms.visibility`), of themselves, and of the queues they work in.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.accounts.roles import MANAGER
from parley.canned_responses.audience import ENABLED, VIEW
from parley.db import Reader
from parley.errors import Refused
from parley.realtime.ddp.store import inquiry_doc, looks_at
from parley.rooms.service import own_room
from parley.rooms.visibility import looks_at_public, may_see

ROOM_MESSAGES = "stream-room-messages"
LIVECHAT_ROOM = "stream-livechat-room"
NOTIFY_ROOM = "stream-notify-room"
NOTIFY_USER = "stream-notify-user"
NOTIFY_LOGGED = "stream-notify-logged"
NOTIFY_ALL = "stream-notify-all"
QUEUE = "stream-livechat-inquiry-queue-observer"
ROOM_DATA = "stream-room-data"
PRESENCE = "stream-user-presence"
CANNED = "stream-canned-responses"
EVENTS = "stream-livechat-events"
"""Ours: event_stream.py."""

NOTIFY_SUFFIXES = (
    "user-activity",
    "typing",
    "deleteMessage",
    "deleteMessageBulk",
    "messagesRead",
    "videoconf",
)

MY_MESSAGES = "__my_messages__"

PUBLIC_SETTINGS = "public-settings-changed"
PRIVATE_SETTINGS = "private-settings-changed"
PERMISSIONS_CHANGED = "permissions-changed"
ROLES_CHANGE = "roles-change"

EMPTY = {
    "meteor.loginServiceConfiguration",
    "meteor_autoupdate_clientVersions",
    "activeUsers",
    "userData",
}
"""Publications that clients wait for, of which we have nothing to tell."""


class Asked(NamedTuple):
    person: Person
    event: str
    token: str
    """The visitor's; empty for none."""

    @property
    def room_id(self) -> str:
        return self.event.partition("/")[0]


Admit = Callable[[Reader, Asked], Awaitable[bool]]


def token_in(extra: Any) -> str:
    """Clients send both names, equal; the server of 8.6 looks at one here and the other there."""
    if not isinstance(extra, dict):
        return ""
    for name in ("visitorToken", "token"):
        if isinstance(token := extra.get(name), str) and token:
            return token
    return ""


async def _visitors_room(q: Reader, asked: Asked, *, open_only: bool = False) -> bool:
    try:
        _, room = await own_room(q, asked.token, asked.room_id)
    except Refused:
        return False
    return bool(room.get("open")) or not open_only


async def _persons_room(q: Reader, asked: Asked) -> bool:
    if asked.person.user_id is None:
        return False
    return bool(await may_see(q, asked.person, asked.room_id))


async def _room_messages(q: Reader, asked: Asked) -> bool:
    if asked.event == MY_MESSAGES:
        return True
    if asked.token:
        return await _visitors_room(q, asked, open_only=True)
    return await _persons_room(q, asked)


async def _notify_room(q: Reader, asked: Asked) -> bool:
    return await (_visitors_room if asked.token else _persons_room)(q, asked)


async def _livechat_room(q: Reader, asked: Asked) -> bool:
    return bool(asked.token) and await _visitors_room(q, asked)


async def _own(q: Reader, asked: Asked) -> bool:
    return asked.room_id == asked.person.user_id


async def _persons(q: Reader, asked: Asked) -> bool:
    return asked.person.user_id is not None


async def _notify_logged(q: Reader, asked: Asked) -> bool:
    if asked.event == PRIVATE_SETTINGS:
        return asked.person.may("view-privileged-setting")
    return asked.person.user_id is not None


async def _all(q: Reader, asked: Asked) -> bool:
    return True


async def _canned(q: Reader, asked: Asked) -> bool:
    return asked.person.may(VIEW) and bool(asked.person.settings[ENABLED])


async def _events(q: Reader, asked: Asked) -> bool:
    if asked.token:
        return await _visitors_room(q, asked)
    return await _own(q, asked) and asked.person.may("view-l-room")


async def _queue(q: Reader, asked: Asked) -> bool:
    """Rocket.Chat lets every agent look at every department's queue."""
    person = asked.person
    if not person.may("view-l-room"):
        return False
    kind, _, key = asked.event.partition("/")
    if MANAGER in person.roles:
        return True
    if kind == "public":
        return looks_at_public(person)
    if key:
        return key == person.user_id if kind == "agent" else await looks_at(q, person, key)
    inquiry = await inquiry_doc(q, kind)
    department = (inquiry or {}).get("department")
    if inquiry is None or department is None:
        return inquiry is not None and looks_at_public(person)
    return await looks_at(q, person, department)


STREAMS: dict[str, Admit] = {
    ROOM_MESSAGES: _room_messages,
    NOTIFY_ROOM: _notify_room,
    "stream-notify-room-users": _persons_room,
    LIVECHAT_ROOM: _livechat_room,
    NOTIFY_USER: _own,
    NOTIFY_LOGGED: _notify_logged,
    NOTIFY_ALL: _all,
    QUEUE: _queue,
    ROOM_DATA: _persons_room,
    "stream-roles": _persons,
    PRESENCE: _persons,
    CANNED: _canned,
    "stream-force_logout": _own,
    EVENTS: _events,
}

BY_TOKEN = {ROOM_MESSAGES, NOTIFY_ROOM, LIVECHAT_ROOM, EVENTS}
"""Where a visitor's token counts."""
