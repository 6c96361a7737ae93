"""An event that is being told."""

from collections.abc import Mapping
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

    @property
    def hub(self) -> Hub:
        return self.office.hub

    @property
    def db(self) -> Database:
        return self.office.db

    async def list_changed(self, user_id: str, which: str, how: str, doc: str) -> None:
        """One of a person's own lists (`subscriptions`, `rooms`); `doc` is stored JSON text."""
        event = f"{user_id}/{which}-changed"
        if self.hub.heard(NOTIFY_USER, event):
            await self.hub.publish(NOTIFY_USER, event, f'["{how}",{with_dates(doc)}]')
