"""What a process has for all who listen, while it serves."""

import asyncio

from parley.accounts.identify import Identifier
from parley.db import Database
from parley.realtime.feed import Feed
from parley.realtime.hub import Hub
from parley.realtime.presence import Presence
from parley.realtime.typing import Typing


class Realtime:
    def __init__(self, db: Database, identify: Identifier) -> None:
        self.feed = Feed(db)
        self.hub = Hub(db, identify, self.feed)
        self.presence = Presence(db)
        self.typing = Typing(self.feed)

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            await asyncio.gather(self.feed.run(), self.hub.run(), self.presence.run())
        finally:
            self.typing.close()

    def stop(self) -> None:
        """Sends all readers away: the server ends, and waits for them."""
        self.hub.stop()
