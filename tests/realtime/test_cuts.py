"""Connections that are cut at random: nothing missed, nothing doubled, nothing out of order."""

from pathlib import Path

import pytest

from tests.realtime.cutting import LEAST_CUTS, Report, hold
from tests.server import Server

SECONDS = 4


def check(report: Report) -> None:
    assert report.cuts >= LEAST_CUTS, report
    assert report.events >= 20, report
    assert (report.missed, report.doubled, report.disordered) == (0, 0, 0), report
    # Each had one snapshot, at the beginning: what was missed was told.
    assert report.snapshots == 4, report


async def test_one_process(server: Server, database_url: str) -> None:
    server.start()
    check(await hold([server.url], database_url, SECONDS))
    assert server.stop() == 0


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_two_processes(server: Server, database_url: str, tmp_path: Path) -> None:
    other = Server(tmp_path / "other", database_url, test_mode=True)
    try:
        server.start()
        other.start()
        check(await hold([server.url, other.url], database_url, SECONDS))
        assert [server.stop(), other.stop()] == [0, 0]
    finally:
        other.kill()
