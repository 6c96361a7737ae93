"""A WebSocket client that may say anything, frame by frame, and need not read."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

HANDSHAKE = (
    b"GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CONNECT = b'{"msg":"connect","version":"1","support":["1"]}'
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
SECONDS = 60


def frame(payload: bytes, opcode: int = TEXT, *, first: int = 0x80, masked: bool = True) -> bytes:
    """Masked with zeros, which leaves the payload as it is. `first`: the bits beside the opcode."""
    size, mask = len(payload), 0x80 if masked else 0
    head = bytes([first | opcode])
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", mask | 126, size)
    else:
        head += struct.pack("!BQ", mask | 127, size)
    return head + (b"\0" * 4 if masked else b"") + payload


class Raw:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._transport: Any = writer.transport

    def stop_reading(self) -> None:
        self._transport.pause_reading()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def closed(self) -> int | None:
        """The code of the close frame, when the server has closed; None without one."""
        data = b""
        async with asyncio.timeout(SECONDS):
            try:
                while piece := await self.reader.read(1 << 16):
                    data += piece
            except ConnectionError:
                pass
        code = None
        while len(data) > 1:
            size, start = data[1] & 127, 2
            if size == 126:
                size, start = struct.unpack("!H", data[2:4])[0], 4
            elif size == 127:
                size, start = struct.unpack("!Q", data[2:10])[0], 10
            if data[0] & 15 == CLOSE:
                code = struct.unpack("!H", data[start : start + 2])[0]
            data = data[start + size :]
        return code


@asynccontextmanager
async def raw(port: int, *, handshake: bytes = HANDSHAKE) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = Raw(reader, writer)
    if handshake:
        await client.send(handshake)
        await reader.readuntil(b"\r\n\r\n")
    try:
        yield client
    finally:
        writer.transport.abort()
