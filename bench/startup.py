"""Start time and idle memory, set against a bare Python and a bare uvicorn app.

What each number shows: bench/README.md. Exit status 1 when a budget of budgets.toml is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.rig.load import Target, page
from bench.rig.process import LOAD_CORE, SERVER_CORE, Process, memory
from tests.budgets import BUDGETS

ROUNDS, QUICK_ROUNDS = 15, 5
HELLO = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"


@dataclass
class Start:
    """From exec to the first answer, or to the end of what answers nothing."""

    seconds: float
    cpu: float
    memory: float = 0.0
    """MB of its own (proportional set), idle after that answer."""


@dataclass
class Measured:
    name: str
    once: Callable[[int], Start]
    starts: list[Start] = field(default_factory=list)

    def median(self, what: str) -> float:
        return float(median(getattr(start, what) for start in self.starts))


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench startup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for the load")
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        good = _run(Path(folder), QUICK_ROUNDS if options.quick else ROUNDS)
    sys.exit(0 if good else 1)


def _run(folder: Path, rounds: int) -> bool:
    hello = folder / "hello"
    hello.write_bytes(HELLO)
    serve = ["parley", "serve", "--port", "PORT", "--data"]
    traced = ["--traces", "http://127.0.0.1:9"]  # nobody listens there
    rows = [
        Measured("python -c 'import asyncio'", lambda n: _python()),
        Measured("bare uvicorn app", lambda n: _server("bench.rig.reference", str(hello), "PORT")),
        Measured("parley serve", lambda n: _server(*serve, str(folder / "kept"))),
        Measured("  on a new database", lambda n: _server(*serve, str(folder / f"new{n}"))),
        Measured("  with --traces", lambda n: _server(*serve, str(folder / "kept"), *traced)),
    ]
    for row in rows:
        row.once(-1)  # writes .pyc files, makes the database that is kept
    for n in range(rounds):
        for row in rows:
            row.starts.append(row.once(n))
    _show(rows, rounds)
    return _verdict(rows[1], rows[2])


def _python() -> Start:
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", "import asyncio"])
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    finally:
        os.sched_setaffinity(0, {LOAD_CORE})
    process.returncode = status
    return Start(seconds, used.ru_utime + used.ru_stime)


def _server(*command: str) -> Start:
    with Process(*command) as server:
        page(Target(server.port, "/health/live", {}))
        seconds = time.perf_counter() - server.born
        return Start(seconds, _cpu_seconds(server.pid), memory(server.pid)[1])


def _cpu_seconds(pid: int) -> float:
    """Of the threads it has now, to the nanosecond: a start is few ticks of /proc/PID/stat."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def _show(rows: list[Measured], rounds: int) -> None:
    bare = rows[1]
    print(f"medians of {rounds} rounds, interleaved; a ratio is to the bare uvicorn app\n")
    print(
        f"{'exec to first answer':28}{'ms':>6}{'lowest':>8}{'highest':>9}{'CPU ms':>8}{'ratio':>7}"
        f"{'idle MB':>9}{'ratio':>7}"
    )
    for row in rows:
        every = [1000 * start.seconds for start in row.starts]
        line = f"{row.name:28}{median(every):6.0f}{min(every):8.0f}{max(every):9.0f}"
        line += f"{1000 * row.median('cpu'):8.0f}{row.median('cpu') / bare.median('cpu'):7.2f}"
        if row.median("memory"):
            line += (
                f"{row.median('memory'):9.1f}{row.median('memory') / bare.median('memory'):7.2f}"
            )
        print(line)
    print()


def _verdict(bare: Measured, ours: Measured) -> bool:
    good = True
    for name, what in (("start", "cpu"), ("memory", "memory")):
        ratio, most = ours.median(what) / bare.median(what), BUDGETS["startup"][name]
        text = f"{name}: parley serve / bare uvicorn app (budget {most:.1f})"
        print(f"{text:62}{ratio:8.2f}  {'ok' if ratio <= most else 'missed'}")
        good = good and ratio <= most
    return good


if __name__ == "__main__":
    main()
