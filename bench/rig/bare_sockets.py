"""The limit for fan-out: a bare uvloop server that writes one frame to every socket it has.

Any message from a client is the frame to write, to all others; nothing is looked at.

usage: python -m bench.rig.bare_sockets PORT
"""

import asyncio
import sys

import uvloop

from bench.rig.sockets import accept_key, frames
from parley.realtime.ddp.frames import framed


class Socket(asyncio.Protocol):
    everybody: dict["Socket", None] = {}  # noqa: RUF012 (of the process)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # a TCP one
        self.buffer = bytearray()
        self.open = False

    def connection_lost(self, error: Exception | None) -> None:
        self.everybody.pop(self, None)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            head, end, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not end:
                return
            answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            answer += f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(head)}\r\n\r\n"
            self.transport.write(answer.encode())
            self.buffer = bytearray(rest)
            self.open = True
            self.everybody[self] = None
        for payload in frames(self.buffer):
            once = framed(payload)
            for other in self.everybody:
                if other is not self:
                    other.transport.write(once)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Socket, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
