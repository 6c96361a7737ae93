"""Readers of events whose connections are cut at random for a minute, while many write.

What each number shows: bench/README.md. Exit status 1 when an event was missed, came twice or came
out of order.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.postgres import Postgres
from tests.realtime.cutting import Report, hold
from tests.server import Server

SECONDS, QUICK_SECONDS = 60, 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench events", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten seconds")
    options = parser.parse_args()
    seconds = QUICK_SECONDS if options.quick else SECONDS
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        good = _run(Path(folder), seconds)
    sys.exit(0 if good else 1)


def _run(folder: Path, seconds: float) -> bool:
    print(f"{'':28}{'told':>9}{'cuts':>7}{'missed':>8}{'doubled':>9}{'disordered':>12}")
    good = _hold("sqlite", f"sqlite:///{folder}/parley.db", folder, 1, seconds)
    server = Postgres(folder / "postgres")
    try:
        for processes in (1, 2):
            url = server.url(server.create())
            name = f"postgresql, {processes} process{'es' if processes > 1 else ''}"
            good = _hold(name, url, folder, processes, seconds) and good
    finally:
        server.stop()
    return good


def _hold(name: str, url: str, folder: Path, processes: int, seconds: float) -> bool:
    servers = [Server(folder / f"{name}{n}", url, test_mode=True) for n in range(processes)]
    try:
        urls = [server.start().url for server in servers]
        report = asyncio.run(hold(urls, url, seconds))
    finally:
        for server in servers:
            server.kill()
    _show(name, report)
    return (report.missed, report.doubled, report.disordered) == (0, 0, 0)


def _show(name: str, report: Report) -> None:
    print(
        f"{name:28}{report.events:9,}{report.cuts:7,}{report.missed:8,}{report.doubled:9,}"
        f"{report.disordered:12,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
