"""The limit for fan-out: a bare picows server that writes one frame to every socket it has.

Any message from a client is the frame to write, to all others; nothing is looked at.

usage: python -m bench.rig.bare_sockets PORT
"""

import sys

import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)


class Listener(WSListener):
    everybody: dict[WSTransport, None] = {}  # noqa: RUF012 (of the process)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.everybody[transport] = None

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.everybody.pop(transport, None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            for other in self.everybody:
                if other is not transport:
                    other.send(WSMsgType.TEXT, text)


def _listener(request: WSUpgradeRequest) -> Listener:
    return Listener()


async def main() -> None:
    # Of its own accord it keeps a read buffer of 16 KiB for each socket: any server would look lean
    # beside that.
    server = await ws_create_server(
        _listener, "127.0.0.1", int(sys.argv[1]), read_buffer_init_size=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
