"""What a process has for all who listen, while it serves."""

import asyncio

from parley.db import Database
from parley.realtime.feed import Feed
from parley.realtime.presence import Presence
from parley.realtime.typing import Typing


class Realtime:
    def __init__(self, db: Database) -> None:
        self.feed = Feed(db)
        self.presence = Presence(db)
        self.typing = Typing(self.feed)

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            await asyncio.gather(self.feed.run(), self.presence.run())
        finally:
            self.typing.close()
