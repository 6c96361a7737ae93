"""uvicorn's connections, with bounds that it leaves open: a client that says nothing, or takes
nothing, costs this little and not for long.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_SECONDS = 20.0
"""For a request to say what it wants; a body may take longer."""
LONGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers, about."""
MOST_UNREAD = 1 << 20
"""Bytes of WebSocket pongs that may wait for a reader."""


class Http(HttpToolsProtocol):
    _waiting: asyncio.TimerHandle | None = None
    _head = 0

    # Its transport is a TCP one.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waiting is not None:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waiting is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._have_head()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head = 0
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _have_head(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class WebSockets(WebSocketsSansIOProtocol):
    def handle_ping(self) -> None:
        # Answered by the protocol itself: neither DDP's pace nor its bound on frames is asked.
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()
        else:
            super().handle_ping()
