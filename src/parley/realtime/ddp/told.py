"""An event that is being told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from parley.db import Database
from parley.events import Event
from parley.messages.ejson import with_dates
from parley.realtime.ddp.hub import Hub
from parley.realtime.ddp.office import Office
from parley.realtime.ddp.streams import NOTIFY_USER


class Told(NamedTuple):
    office: Office
    settings: Mapping[str, Any]
    event: Event
    key: str
    """The id in the stream's name: a room's, a person's, a department's."""
    to_come: Mapping[tuple[str, str], int] = MappingProxyType({})
    """How many events, this one and those behind it, tell of the same lists: by (stream, room or
    nothing)."""

    @property
    def hub(self) -> Hub:
        return self.office.hub

    @property
    def db(self) -> Database:
        return self.office.db

    @property
    def lists_follow(self) -> bool:
        """Whether a later event of this room tells people's lists, as they are now or later."""
        return self.to_come.get((self.event.stream, ""), 0) > 1

    def joins(self, user_id: str, room_id: str) -> bool:
        """Whether the person is still to be told that the room came into their list, or left it."""
        return (f"user:{user_id}", room_id) in self.to_come

    async def list_changed(self, user_id: str, which: str, how: str, doc: str) -> None:
        """One of a person's own lists (`subscriptions`, `rooms`); `doc` is stored JSON text."""
        event = f"{user_id}/{which}-changed"
        if self.hub.heard(NOTIFY_USER, event):
            await self.hub.publish(NOTIFY_USER, event, f'["{how}",{with_dates(doc)}]')
