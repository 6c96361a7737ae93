"""A server as a process of its own, on a core of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

SERVER_CORE, LOAD_CORE = 0, 1
_TICK = os.sysconf("SC_CLK_TCK")


class Process:
    """`python -m COMMAND` on the servers' core, or another; told a free port in place of PORT."""

    def __init__(self, *command: str, core: int = SERVER_CORE) -> None:
        self.port = _free_port()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        self.born = time.perf_counter()
        # What a process starts inherits the core.
        os.sched_setaffinity(0, {core})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *(c.replace("PORT", str(self.port)) for c in command)],
                stdout=subprocess.DEVNULL,
                # Not a pipe: nobody would empty it, and who writes into a full one stands still.
                stderr=self._said,
                env={k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")},
            )
        finally:
            os.sched_setaffinity(0, {LOAD_CORE})

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> None:
        """Until somebody listens."""
        while True:
            if self._process.poll() is not None:
                self._said.seek(0)
                raise RuntimeError(self._said.read().decode())
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.001)
            else:
                return

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def __enter__(self) -> Self:
        self.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.stop()


def cpu_seconds(pid: int) -> float:
    """User and system time so far, of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(pid: int) -> tuple[float, float]:
    """(resident set, proportional set) in MB."""
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size = line.split()[:2]
        sizes[name] = int(size) / 1024
    return sizes["Rss:"], sizes["Pss:"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
