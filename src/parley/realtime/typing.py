"""Who is typing: told while it goes on, kept nowhere, over by itself.

Whoever types says so again before 15 seconds are over; each process counts for its own listeners,
so that a typing ends also where the process that told of it has died.
"""

import asyncio
from typing import Any

from parley.events import Event
from parley.realtime.feed import Feed

KIND = "typing"
OVER_AFTER_SECONDS = 15.0


class Typing:
    """Signals of kind `typing` on the stream `room:<id>`: `{"_id", "username", "typing": bool}`."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._ends: dict[tuple[str, str], asyncio.TimerHandle] = {}
        feed.listen(None, self._heard)

    async def tell(
        self, room_id: str, who: dict[str, Any], typing: bool, session: str = ""
    ) -> None:
        """`who` is `{"_id", "username"}`: of a person, or of a visitor, never with a token.

        `session` is the connection that said so, which is not told of it.
        """
        doc = {"_id": who["_id"], "username": who["username"], "typing": typing}
        if session:
            doc["session"] = session
        await self._feed.signal(f"room:{room_id}", KIND, doc)

    def close(self) -> None:
        for end in self._ends.values():
            end.cancel()
        self._ends.clear()

    def _heard(self, event: Event) -> None:
        if event.number or event.kind != KIND:
            return
        key = (event.stream, str(event.doc.get("_id")))
        if (ending := self._ends.pop(key, None)) is not None:
            ending.cancel()
        if event.doc.get("typing"):
            loop = asyncio.get_running_loop()
            self._ends[key] = loop.call_later(OVER_AFTER_SECONDS, self._over, event)

    def _over(self, event: Event) -> None:
        self._feed.tell_here(event._replace(doc=event.doc | {"typing": False}))
