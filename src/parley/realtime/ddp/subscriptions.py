"""What one connection listens to (realtime.md §4).

One event goes out once to a connection, however often it subscribed; the others keep it going when
one is ended.
"""

import asyncio
from collections import Counter
from typing import Any, NamedTuple

from parley.errors import Coded
from parley.realtime.ddp import event_stream
from parley.realtime.ddp.failures import NoSuchSubscription, failure
from parley.realtime.ddp.frames import frame
from parley.realtime.ddp.hub import Hub, Listener
from parley.realtime.ddp.office import Office, Peer
from parley.realtime.ddp.streams import (
    BY_TOKEN,
    EMPTY,
    EVENTS,
    LIVECHAT_ROOM,
    PRESENCE,
    STREAMS,
    Asked,
    token_in,
)

MOST = 1000
"""Subscriptions of a connection."""
MOST_WATCHED = 2000
"""People whose status a connection watches."""
LONGEST_EVENT = 256

NOT_ALLOWED = Coded("not-allowed")


class Sub(NamedTuple):
    stream: str
    events: tuple[str, ...]
    token: str
    """A visitor's, by which they were let in; empty of a person's."""
    telling: asyncio.Task[str] | None = None
    """Of the events, which come by themselves."""


class Subscriptions:
    __slots__ = ("_hub", "_keys", "_listener", "_subs", "_watched")

    def __init__(self, hub: Hub, listener: Listener) -> None:
        self._hub = hub
        self._listener = listener
        self._subs: dict[str, Sub] = {}
        self._keys: Counter[tuple[str, str]] = Counter()
        self._watched = 0

    async def open(
        self, office: Office, peer: Peer, key: str, name: str, params: list[Any]
    ) -> None:
        """Raises ParleyError for what is refused. The same id again changes nothing."""
        if key in self._subs:
            return
        if len(self._subs) >= MOST:
            raise Coded("too-many-subscriptions", f"{MOST} subscriptions are the most")
        if name in EMPTY:
            self._subs[key] = Sub(name, (), "")
        elif name not in STREAMS:
            raise NoSuchSubscription(f"Subscription '{name[:LONGEST_EVENT]}' not found")
        elif name == PRESENCE:
            await self._watch(office, peer, key, params)
        else:
            event = params[0] if params else None
            if not isinstance(event, str) or not event or len(event) > LONGEST_EVENT:
                raise Coded("invalid-event-name")
            token = token_in(_extra(params)) if name in BY_TOKEN else ""
            asked = Asked(peer.person, event, token)
            rights = None
            while rights != self._hub.rights:
                # They may be taken away while the question is answered.
                rights = self._hub.rights
                await _admit(office, name, asked)
            if name == EVENTS:
                await self._follow(office, key, asked, _extra(params))
            else:
                self.put(key, Sub(name, (event,), token))
                if name == LIVECHAT_ROOM:
                    office.visitor_listens(event)

    async def _follow(self, office: Office, key: str, asked: Asked, extra: Any) -> None:
        if any(
            sub.stream == EVENTS and sub.events == (asked.event,) for sub in self._subs.values()
        ):
            raise Coded("already-subscribed", "Of one event there is one subscription")
        telling = await event_stream.start(office, self._listener.wire, asked, extra)
        self.put(key, Sub(EVENTS, (asked.event,), asked.token, telling))
        telling.add_done_callback(lambda task: self._told(key, task))

    def _told(self, key: str, telling: asyncio.Task[str]) -> None:
        """The server has ended it: the client may come back with the last `id`."""
        if not telling.cancelled() and self.close(key):
            error = failure(Coded(telling.result(), "Come back with the last id"))
            self._listener.wire.write(frame("nosub", id=key, error=error))

    async def _watch(self, office: Office, peer: Peer, key: str, params: list[Any]) -> None:
        await _admit(office, PRESENCE, Asked(peer.person, "", ""))
        wanted = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
        for user_id in _ids(wanted.get("removed")):
            self._unwatch(user_id)
        room = MOST_WATCHED - self._watched
        added = tuple(dict.fromkeys(_ids(wanted.get("added"))))[: max(0, room)]
        self._watched += len(added)
        self.put(key, Sub(PRESENCE, added, ""))

    def _unwatch(self, user_id: str) -> None:
        for key, sub in list(self._subs.items()):
            if sub.stream == PRESENCE and user_id in sub.events:
                left = tuple(one for one in sub.events if one != user_id)
                self._subs[key] = sub._replace(events=left)
                self._watched -= 1
                self._less(PRESENCE, user_id)

    def put(self, key: str, sub: Sub) -> None:
        self._subs[key] = sub
        for event in sub.events:
            place = (sub.stream, event)
            self._keys[place] += 1
            if self._keys[place] == 1:
                self._hub.add(*place, self._listener)

    def close(self, key: str) -> bool:
        """False for one that is not there."""
        sub = self._subs.pop(key, None)
        if sub is None:
            return False
        if sub.telling is not None:
            sub.telling.cancel()
        if sub.stream == PRESENCE:
            self._watched -= len(sub.events)
        for event in sub.events:
            self._less(sub.stream, event)
        return True

    def _less(self, stream: str, event: str) -> None:
        place = (stream, event)
        self._keys[place] -= 1
        if not self._keys[place]:
            del self._keys[place]
            self._hub.remove(*place, self._listener)

    def close_all(self) -> None:
        for key in list(self._subs):
            self.close(key)

    def of_room(self, room_id: str) -> list[str]:
        """Ids of those that hear of a room."""
        return [
            key
            for key, sub in self._subs.items()
            if any(event.partition("/")[0] == room_id for event in sub.events)
        ]

    def tokens_in(self, room_id: str) -> dict[str, str]:
        """{id: the visitor's token} of those that hear of a room by one."""
        found = {key: self._subs[key].token for key in self.of_room(room_id)}
        return {key: token for key, token in found.items() if token}

    async def refused(self, office: Office, peer: Peer) -> list[str]:
        """Ids of those that the person may no longer have."""
        gone = []
        for key, sub in list(self._subs.items()):
            if sub.token or sub.stream in EMPTY:
                continue
            event = sub.events[0] if sub.events else ""
            asked = Asked(peer.person, event, "")
            if not await office.db.read(STREAMS[sub.stream], asked):
                gone.append(key)
        return gone


async def _admit(office: Office, name: str, asked: Asked) -> None:
    if not await office.db.read(STREAMS[name], asked):
        raise NOT_ALLOWED


def wants_collection(params: list[Any]) -> bool:
    """The second parameter, which may be a bool, or its `useCollection`; of an event only."""
    match params:
        case [str(), True, *_] | [str(), {"useCollection": True}, *_]:
            return True
    return False


def _extra(params: list[Any]) -> Any:
    """`args[0]` of the second parameter, which may be a bool, an object or missing."""
    if len(params) > 1 and isinstance(params[1], dict):
        args = params[1].get("args")
        if isinstance(args, list) and args:
            return args[0]
    return None


def _ids(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    return [one for one in value[:MOST_WATCHED] if isinstance(one, str) and 0 < len(one) <= 64]
