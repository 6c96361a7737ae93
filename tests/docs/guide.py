"""Follows a page of the guide to the letter: its commands, in its order, in a shell."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guide"

# Reads the name of a file with Python code from a line, runs it, and says how it ended.
_PYTHON = """
import sys, traceback
names = {"__name__": "__main__"}
for line in sys.stdin:
    status = 0
    try:
        exec(compile(open(line.strip()).read(), line.strip(), "exec"), names)
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        status = 1
    print(f"\\n<ended {status}>", flush=True)
"""


class Block(NamedTuple):
    words: list[str]
    """What stands behind the fence: `sh`, `sh server`, `python`, `json`, …"""
    text: str


def blocks(page: str) -> list[Block]:
    found = re.findall(r"^```(.+?)\n(.*?)^```$", (GUIDE / page).read_text(), re.M | re.S)
    return [Block(words.split(), text) for words, text in found]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Terminal:
    """A process that is fed one block after another."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            text=True,
        )

    def give(self, text: str, *, answer: str | None = None, end: str = "") -> str:
        """What the block printed; an assertion fails when it ended badly.

        `answer` is typed when the block asks. `end` is a command that says how the block ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._type(text)
        printed = ""
        if answer is not None:
            while not printed.endswith(": "):
                printed += self._process.stdout.read(1)
            self._type(answer + "\n")
        self._type(end)
        for line in self._process.stdout:
            if ended := re.fullmatch(r"<ended (\d+)>\n", line):
                assert ended[1] == "0", f"{text}\nprinted:\n{printed}"
                return printed.removesuffix("\n")
            printed += line
        raise AssertionError(f"{text}\nended the terminal after:\n{printed}")

    def _type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


class Reader:
    """Somebody who reads a page, in a folder, and does what it says."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, str] = {}
        """{variable: what to type when a block reads it}"""
        self._folder = folder
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}
        self._environment = clean | {"PARLEY_PORT": str(free_port())}
        self._shell = Terminal(["sh"], folder, self._environment)
        self._python: Terminal | None = None
        self._server: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None

    def follow(self, page: str) -> None:
        """What the words of a block mean stands in docs/README.md."""
        printed = ""
        for block in blocks(page):
            match block.words:
                case ["sh", "server"]:
                    self.start_server(block.text)
                case ["sh", *_]:
                    printed = self._sh(block.text)
                case ["python", *_]:
                    printed = self._run_python(block.text)
                case ["json"]:
                    agree(json.loads(block.text), last_answer(printed))
                case ["text", "printed"]:
                    assert printed.strip() == block.text.strip(), printed
                case ["text"]:
                    pass
                case other:
                    raise AssertionError(f"{page}: what is a block of {other}?")
            if "refused" not in block.words and block.words[0] in ("sh", "python"):
                assert '"success":false' not in printed, f"{block.text}\nprinted:\n{printed}"

    def _sh(self, text: str) -> str:
        asked = re.search(r"\bread -r (\w+)", text)
        answer = self.answers[asked[1]] if asked else None
        end = "printf '\\n<ended %s>\\n' $?\n"
        return self._shell.give(text, answer=answer, end=end)

    def _run_python(self, text: str) -> str:
        file = self._folder / "block.py"
        if self._python is None:
            # Started in the same shell, it sees what that has exported.
            self._sh("env -0 > exported\n")
            pairs = (self._folder / "exported").read_text().split("\0")
            environment = dict(pair.split("=", 1) for pair in pairs if pair)
            command = [sys.executable, "-c", _PYTHON]
            self._python = Terminal(command, self._folder, environment)
        file.write_text(text)
        return self._python.give(f"{file}\n")

    def start_server(self, command: str) -> None:
        """Returns when it listens; notes the password that it prints."""
        self._server = subprocess.Popen(
            ["sh", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=self._environment,
            text=True,
            start_new_session=True,
        )
        assert self._server.stdout is not None
        log = ""
        for line in self._server.stdout:
            log += line
            if found := re.search(r"Password: (\S+)", line):
                self.answers["PASSWORD"] = found[1]
            if "listening on" in line:
                break
        else:
            raise AssertionError(f"the server did not start:\n{log}")
        self._drain = threading.Thread(target=self._server.stdout.read)
        self._drain.start()

    def leave(self) -> None:
        try:
            self._shell.close()
            if self._python is not None:
                self._python.close()
        finally:
            self._stop_server()

    def _stop_server(self) -> None:
        if self._server is None:
            return
        os.killpg(self._server.pid, signal.SIGTERM)
        self._server.wait(timeout=30)
        if self._drain is not None:
            self._drain.join()
        assert self._server.stdout is not None
        self._server.stdout.close()


def last_answer(printed: str) -> Any:
    """The last of the JSON documents that a block printed one after another."""
    answer, rest = None, printed.strip()
    while rest:
        answer, end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].strip()
    return answer


def agree(shown: Any, given: Any, where: str = "answer") -> None:
    """What a page shows of an answer must be in it; `…` stands for any text, or for the rest."""
    if isinstance(shown, dict):
        assert isinstance(given, dict), where
        for key, value in shown.items():
            assert key in given, f"{where} has no {key}"
            agree(value, given[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert isinstance(given, list), where
        rest = shown[-1:] == ["…"]
        shown = shown[:-1] if rest else shown
        assert len(given) >= len(shown) if rest else len(given) == len(shown), where
        for number, (one, other) in enumerate(zip(shown, given, strict=False)):
            agree(one, other, f"{where}[{number}]")
    elif shown == "…":
        assert isinstance(given, str) and given, where
    else:
        assert shown == given, where
