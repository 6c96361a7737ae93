"""A bar on a terminal; not a byte of it anywhere else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.operations.command import environment, parley


def on_a_terminal(*arguments: object) -> str:
    """What stands on it when the command has ended."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "parley", *map(str, arguments)],
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 10_000):
            seen += part
    except OSError:  # the other end is closed, and all is read
        pass
    os.close(ours)
    return seen.decode()


def test_what_takes_long_shows_a_bar(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    assert parley("migrate", *data).err == ""
    file = tmp_path / "backup"
    for command in (("backup", file), ("restore", file), ("doctor", "--port", 0)):
        seen = on_a_terminal(*command, *data)
        assert f"{command[0]}  [" in seen
        assert "100%" in seen
    assert parley("backup", file, "--force", *data).err == ""
    assert "would" not in on_a_terminal("migrate", *data)


def test_a_refusal_has_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.touch()
    lines = on_a_terminal("backup", file, "--data", tmp_path / "data").splitlines()
    assert lines[-1] == f"parley: {file} exists already: --force replaces it"
