"""The limit we measure against: a bare ASGI app that answers the same bytes, precomputed.

The same headers, too: uvicorn looks at each.

usage: python -m bench.rig.reference FILE PORT
"""

import sys
from pathlib import Path
from typing import Any

import uvicorn

HEAD, _, BODY = Path(sys.argv[1]).read_bytes().partition(b"\r\n\r\n")
NAMED = (line.partition(b": ") for line in HEAD.split(b"\r\n")[1:])
HEADERS = [(name, value) for name, _, value in NAMED if name not in (b"date", b"connection")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


# As parley.serve has it.
uvicorn.run(
    app,
    port=int(sys.argv[2]),
    loop="uvloop",
    http="httptools",
    ws="websockets-sansio",
    lifespan="off",
    access_log=False,
    log_config=None,
    server_header=False,
    proxy_headers=False,
)
