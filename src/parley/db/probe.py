"""A question to the database that many may ask: it is put once, and its answer kept a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Probe(Generic[T]):
    """The answer, at most `keeps` seconds old; None where it does not come within `waits` seconds.

    Raises what the question raises.
    """

    def __init__(self, question: Callable[[], Awaitable[T]], *, keeps: float, waits: float) -> None:
        self._question = question
        self._keeps = keeps
        self._waits = waits
        self._last: tuple[float, T] | None = None
        self._asking: asyncio.Task[T] | None = None

    async def __call__(self) -> T | None:
        if self._last is not None and time.monotonic() - self._last[0] <= self._keeps:
            return self._last[1]
        # One question for all who ask. One that hangs is left to itself: even to cancel it, the
        # driver would wait for the database.
        mine = self._asking = self._asking or asyncio.create_task(self._ask())
        await asyncio.wait({mine}, timeout=self._waits)
        if not mine.done():
            return None
        self._asking = None if self._asking is mine else self._asking
        answer = mine.result()
        self._last = (time.monotonic(), answer)
        return answer

    async def _ask(self) -> T:
        return await self._question()
