"""`parley serve` as a process, for what only a process can show."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest


class Server:
    def __init__(
        self,
        data: Path,
        database_url: str = "",
        *,
        test_mode: bool = False,
        task: str = "serve",
    ) -> None:
        self._arguments = [task, "--port", "0", "--data", str(data)]
        if database_url:
            self._arguments += ["--database", database_url]
        if test_mode:
            self._arguments.append("--test-mode")
        self.url = ""
        self.log: list[dict[str, Any]] = []
        self.output: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []
        self._new_entry = threading.Condition()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *more: str) -> "Server":
        """Returns when it listens; the log of a start that failed is in the error."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "parley", *self._arguments, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")},
        )
        listening: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_log, args=(self._process, listening)),
            threading.Thread(target=self._read_output, args=(self._process,)),
        ]
        for reader in self._readers:
            reader.start()
        self.url = listening.get(timeout=60)
        assert self.url, f"did not start: {self.log}"
        return self

    def _read_log(self, process: subprocess.Popen[str], listening: "queue.Queue[str]") -> None:
        assert process.stderr is not None
        for line in process.stderr:
            try:
                entry = json.loads(line)
            except ValueError:
                entry = {"message": line.rstrip()}
            with self._new_entry:
                self.log.append(entry)
                self._new_entry.notify_all()
            if entry["message"].startswith("listening on "):
                listening.put(entry["message"].removeprefix("listening on "))
        listening.put("")

    def _read_output(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip("\n"))
            self._lines.put(self.output[-1])

    def next_output(self) -> str:
        """The next line it prints to standard output."""
        return self._lines.get(timeout=60)

    def logged(self, message: str) -> None:
        """Returns when it has logged this message."""
        with self._new_entry:
            assert self._new_entry.wait_for(
                lambda: any(entry["message"] == message for entry in self.log), timeout=60
            ), f"never logged {message!r}: {self.log}"

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def fails(self, *more: str) -> int:
        """The exit status of a start that never listens."""
        with pytest.raises(AssertionError, match="did not start"):
            self.start(*more)
        return self._end(signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9, of a server that runs."""
        if self._process is not None:
            self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """The exit status, when it has ended by itself."""
        assert self._process is not None
        status = self._process.wait(timeout=90)
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        self._process = None
        return status
