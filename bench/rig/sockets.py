"""WebSockets at their barest, for a load that must not cost more than what it measures."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

_CLOSE = 8
_PING, _PONG = b'{"msg":"ping"', b'{"msg":"pong"}'


def frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Takes whole frames out of the buffer: (opcode, payload); masked ones are unmasked."""
    while len(buffer) >= 2:
        opcode, size, at = buffer[0] & 15, buffer[1] & 127, 2
        if size == 126:
            if len(buffer) < 4:
                return
            size, at = struct.unpack_from("!H", buffer, 2)[0], 4
        elif size == 127:
            if len(buffer) < 10:
                return
            size, at = struct.unpack_from("!Q", buffer, 2)[0], 10
        masked = buffer[1] & 128
        end = at + (4 if masked else 0) + size
        if len(buffer) < end:
            return
        payload = bytes(buffer[end - size : end])
        if masked:
            mask = buffer[at : at + 4]
            payload = bytes(b ^ mask[n & 3] for n, b in enumerate(payload))
        del buffer[:end]
        yield opcode, payload


class Socket(asyncio.Protocol):
    """A client; `heard` is told each text. It answers pings."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray()
        self.pings = 0
        self.closed, self.why = False, "without a word"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # a TCP one
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            "GET /websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._buffer = bytearray(rest)
            self.opened.set_result(None)
        for opcode, payload in frames(self._buffer):
            if opcode == _CLOSE:
                self.why = payload[2:].decode()
            elif payload.startswith(_PING):
                self.pings += 1
                self.send(_PONG)
            else:
                self.heard(payload)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True

    def send(self, text: bytes) -> None:
        assert not self.closed, f"the server closed a socket: {self.why}"
        size = len(text)
        head = bytes((0x81, 0x80 | size)) if size < 126 else struct.pack("!BBH", 0x81, 254, size)
        self.transport.write(head + bytes(4) + text)  # a mask of zeros

    def say(self, **frame: Any) -> None:
        self.send(json.dumps(frame).encode())


async def open_socket(
    port: int, heard: Callable[[bytes], None], source: str = "127.0.0.1"
) -> Socket:
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: Socket(heard), "127.0.0.1", port, local_addr=(source, 0)
    )
    await socket.opened
    return socket
