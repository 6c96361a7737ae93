"""An answer that lasts: Server-Sent Events, for as long as the client listens."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

log = logging.getLogger("parley")

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # nginx would keep the events until a buffer is full.
    (b"x-accel-buffering", b"no"),
]
STUCK_SECONDS = 30.0
"""A client that takes nothing for so long is given up."""


class Lasting:
    """What a handler of a route that `lasts` returns; the generator is closed in any case."""

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        self.frames = frames

    async def send(self, receive: Any, send: Any) -> None:
        """The body of the answer, until the frames end or the client is gone."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self.frames.aclose()
        if not sending.cancelled() and (error := sending.exception()) is not None:
            raise error

    async def _send(self, send: Any) -> None:
        try:
            async for frame in self.frames:
                async with asyncio.timeout(STUCK_SECONDS):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            log.info("a reader of events took nothing for %d seconds", STUCK_SECONDS)


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
