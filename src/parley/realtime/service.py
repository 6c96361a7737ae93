"""What a process has for all who listen, while it serves."""

from parley.db import Database
from parley.realtime.feed import Feed


class Realtime:
    def __init__(self, db: Database) -> None:
        self.feed = Feed(db)

    async def run(self) -> None:
        """Until it is cancelled."""
        await self.feed.run()
