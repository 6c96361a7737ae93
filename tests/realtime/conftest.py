"""A server with real sockets, beside the office of its database."""

from collections.abc import AsyncIterator

import pytest

from tests.office import Office
from tests.realtime.live import Live, open_live


@pytest.fixture
async def live(office: Office) -> AsyncIterator[Live]:
    async with open_live(office.db) as opened:
        yield opened


@pytest.fixture
async def sqlite_live(sqlite_office: Office) -> AsyncIterator[Live]:
    """For what does not depend on the engine."""
    async with open_live(sqlite_office.db) as opened:
        yield opened
