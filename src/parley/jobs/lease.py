"""Work under a lease: soon another's when its process dies, and nobody else's while it lives.

A lease is short, and renewed while the work goes on. Who stops renewing, because its process was
killed, stopped or stands still, has lost it; so has work that takes longer than it may.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from parley.errors import Unavailable

LEASE_SECONDS = 10.0
"""What a dead process had waits so long at most. Clocks of several machines differ by less."""
RENEWED_EVERY_SECONDS = 3.0


class Lease:
    """`renew` says whether the work is still ours; `since`: the loop's time before it was taken."""

    def __init__(self, renew: Callable[[], Awaitable[bool]], since: float) -> None:
        self._renew = renew
        self._ends = since + LEASE_SECONDS

    async def holds(self) -> bool:
        """Asked right before what must not be done twice: this process may have stood still."""
        return asyncio.get_running_loop().time() < self._ends or await self._renewed()

    @contextlib.asynccontextmanager
    async def kept(self, longest_seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError in work that takes longer."""
        keeping = asyncio.create_task(self._keep(longest_seconds))
        try:
            async with asyncio.timeout(longest_seconds):
                yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self, longest_seconds: float) -> None:
        """Not for ever, even if the work does not end when it is told to."""
        for _ in range(int(longest_seconds / RENEWED_EVERY_SECONDS)):
            await asyncio.sleep(RENEWED_EVERY_SECONDS)
            with contextlib.suppress(Unavailable):
                if not await self._renewed():
                    return

    async def _renewed(self) -> bool:
        began = asyncio.get_running_loop().time()
        if not await self._renew():
            return False
        self._ends = began + LEASE_SECONDS
        return True
