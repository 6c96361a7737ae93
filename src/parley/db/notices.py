"""PostgreSQL's LISTEN and NOTIFY: how the processes of one database wake each other.

A notice is sent after the commit it tells of, by a connection of its own: sent inside the
transaction, it would make every commit of the whole database wait for the one before. A notice that
is lost costs time, never an event: whoever hears one looks what is new.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import asyncpg

from parley.ids import random_id

log = logging.getLogger("parley")

CHANNEL = "parley"
LONGEST = 7000
"""Bytes of a notice: PostgreSQL takes fewer than 8000."""
MOST_WAITING = 10_000
PAUSE_SECONDS = 1.0


class Notices:
    """Fills tx.Bus. Notices of one moment go in one statement; equal ones go once."""

    def __init__(self, url: str, hear: Callable[[str], None]) -> None:
        self._url = url
        self._hear = hear
        self._me = random_id()
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def say(self, text: str) -> None:
        if len(text.encode()) > LONGEST:
            raise ValueError("too long for a notice")
        self._waiting.append(text)
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                await self._connected()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("no notices from other processes: %s", type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _connected(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=10,
            # A notice has no commit to keep: it waits for no disk.
            server_settings={"application_name": "parley", "synchronous_commit": "off"},
        )
        try:
            connection.add_termination_listener(lambda _: self._wake.set())
            await connection.add_listener(CHANNEL, self._heard)
            self._hear("")
            while not connection.is_closed():
                await self._wake.wait()
                self._wake.clear()
                await self._send(connection)
        finally:
            connection.terminate()

    async def _send(self, connection: Any) -> None:
        while self._waiting:
            texts = list(dict.fromkeys(self._waiting))
            self._waiting.clear()
            payloads = [f"{self._me} {text}" for text in texts]
            await connection.execute(
                f"SELECT pg_notify('{CHANNEL}', p) FROM unnest($1::text[]) p", payloads
            )

    def _heard(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        sender, _, text = str(payload).partition(" ")
        if sender != self._me:
            self._hear(text)
