"""The limit we measure posting against: a bare ASGI app that keeps each document it is sent.

One INSERT, one durable commit, one answer; a file of its own, in SQLite as Parley has it.

usage: python -m bench.rig.durable FILE PORT
"""

import sqlite3
import sys
from typing import Any

import uvicorn

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = FULL")
connection.execute("CREATE TABLE IF NOT EXISTS documents (id integer PRIMARY KEY, doc text)")

ANSWER = b'{"success":true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]


async def app(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    connection.execute("INSERT INTO documents (doc) VALUES (?)", (body.decode(),))
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


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
