"""A receiver of webhooks in a mood: it takes what it is sent, answers 500, or never answers.

usage: python -m bench.rig.receiver takes|fails|hangs PORT
"""

import asyncio
import sys

MOODS = {"takes": b"200 OK", "fails": b"500 Internal Server Error", "hangs": b""}


async def serve(mood: str, port: int) -> None:
    status = MOODS[mood]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            if status:
                writer.write(
                    b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status
                )
            else:
                await reader.read()  # until the other side has had enough
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it had
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1000)
    async with server:
        await server.serve_forever()


asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
