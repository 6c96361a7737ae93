"""What a process has for all who listen, while it serves."""

import asyncio

from parley.accounts.identify import Identifier
from parley.config import Config
from parley.db import Database
from parley.realtime.ddp import Ddp
from parley.realtime.feed import Feed


class Realtime:
    def __init__(self, config: Config, db: Database, identify: Identifier) -> None:
        self.feed = Feed(db)
        self.ddp = Ddp(config, db, identify, self.feed)

    async def run(self) -> None:
        """Until it is cancelled."""
        await asyncio.gather(self.feed.run(), self.ddp.run())

    async def stop(self) -> None:
        """Says goodbye to who listens."""
        await self.ddp.stop()
