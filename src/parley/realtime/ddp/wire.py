"""Writing to one socket, without ever waiting for its reader.

Frames are written to uvicorn's transport as they are, encoded and framed once for all who get them:
a third less work than a `send` for each. Under another server `send` is used. In both cases what a
slow reader leaves unread is bounded; who is over the bound is dropped.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from parley.realtime.ddp import codes
from parley.realtime.ddp.frames import close_frame, framed
from parley.realtime.ddp.tally import CLOSED, FRAMES

MOST_UNREAD = 1 << 20
"""Bytes that may wait for a reader; one frame more is the most that is kept."""
MOST_WAITING = 1000
"""Frames that may wait for a reader, under another server."""
PATIENCE = 10.0
"""Seconds for a reader to take what waits, and the close with it."""

Send = Callable[[Any], Awaitable[None]]


class Gone(Exception):
    """The socket is closed, or is about to be."""


class Wire:
    __slots__ = ("_protocol", "_queue", "_send", "_transport", "_writer", "closed", "dropped")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._protocol: Any = getattr(send, "__self__", None)
        self._transport: Any = getattr(self._protocol, "transport", None)
        self._queue: asyncio.Queue[bytes] | None = None
        self._writer: asyncio.Task[None] | None = None
        self.closed = False
        self.dropped: Callable[[], None] = _nobody_cares
        """Told once, when the reader was too slow."""
        if self._transport is None or not hasattr(self._protocol, "writable"):
            self._transport = None
            self._queue = asyncio.Queue(MOST_WAITING)
            self._writer = asyncio.create_task(self._write_on(self._queue))

    def write(self, payload: bytes) -> None:
        self.write_framed(payload, framed(payload))

    def write_framed(self, payload: bytes, bytes_on_wire: bytes) -> None:
        """The payload, and the same as a frame: who writes to many frames it once."""
        if self.closed:
            return
        FRAMES["out"] += 1
        if self._queue is not None:
            try:
                self._queue.put_nowait(payload)
            except asyncio.QueueFull:
                self.drop()
        elif self._transport.get_write_buffer_size() > MOST_UNREAD:
            self.drop()
        elif not self._transport.is_closing():
            self._transport.write(bytes_on_wire)

    def drop(self) -> None:
        """Ends it for a reader who is too slow: the close waits behind what is unread."""
        self.closed = True
        CLOSED[str(codes.SLOW)] += 1
        self._end_writer()
        if self._transport is not None:
            self._transport.write(close_frame(codes.SLOW, "too slow"))
            # Closing alone would wait for the reader for ever.
            asyncio.get_running_loop().call_later(PATIENCE, self._transport.abort)
        self.dropped()

    async def drained(self) -> None:
        """Waits until the reader has taken most of it. Raises Gone for one who does not."""
        if self.closed:
            raise Gone
        if self._queue is not None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._protocol.writable.wait()
        except TimeoutError:
            self.drop()
            raise Gone from None

    async def close(self, code: int, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        CLOSED[str(code)] += 1
        self._end_writer()
        with contextlib.suppress(Exception):  # it may be gone, in any of a server's words
            async with asyncio.timeout(PATIENCE):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        if self._transport is not None:
            # Whoever is not there any more takes nothing, and would be waited for.
            asyncio.get_running_loop().call_later(2 * PATIENCE, self._transport.abort)

    def gone(self) -> None:
        """The client went."""
        if not self.closed:
            self.closed = True
            CLOSED["client"] += 1
        self._end_writer()

    def _end_writer(self) -> None:
        if self._writer is not None:
            self._writer.cancel()

    async def _write_on(self, queue: asyncio.Queue[bytes]) -> None:
        with contextlib.suppress(Exception):  # it is gone, in any of a server's words
            while True:
                payload = await queue.get()
                await self._send({"type": "websocket.send", "text": payload.decode()})


def _nobody_cares() -> None:
    pass
