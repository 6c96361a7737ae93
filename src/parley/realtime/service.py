"""What a process has for all who listen, while it serves."""

import asyncio

from parley.accounts.identify import Identifier
from parley.config import Config
from parley.db import Database
from parley.realtime.ddp import Ddp
from parley.realtime.feed import Feed
from parley.realtime.hub import Hub
from parley.realtime.presence import Presence
from parley.realtime.typing import Typing


class Realtime:
    def __init__(self, config: Config, db: Database, identify: Identifier) -> None:
        self.feed = Feed(db)
        self.hub = Hub(db, identify, self.feed)
        self.presence = Presence(db)
        self.typing = Typing(self.feed)
        self.ddp = Ddp(config, db, identify, self.feed, self.hub, self.presence, self.typing)

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            # Not gather, which is over with the first that is cancelled: presence has more to say.
            async with asyncio.TaskGroup() as tasks:
                for one in (self.feed, self.hub, self.ddp, self.presence):
                    tasks.create_task(one.run())
        finally:
            self.typing.close()

    def stop(self) -> None:
        """Sends all readers away: the server ends, and waits for them."""
        self.hub.stop()
        self.ddp.stop()

    async def stopped(self) -> None:
        """When they have been told, or do not listen."""
        await self.ddp.stopped()
