"""The commands of the guide, run as they are written there."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.guide import ROOT, Reader


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    yield reader
    reader.leave()


def clone(to: Path) -> None:
    """What a clone would hold once everything here is committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def test_five_minutes_to_the_first_history(tmp_path: Path, reader: Reader) -> None:
    """In a clone without `.venv`: this installs from the package registry, as a person would."""
    clone(tmp_path)
    reader.follow("first-history.md")


def test_the_api_by_task(tmp_path: Path, reader: Reader) -> None:
    reader.start_server(f"exec {sys.executable} -m parley serve")
    reader.follow("api.md")


def test_the_page_of_bots(reader: Reader) -> None:
    reader.start_server(f"exec {sys.executable} -m parley serve")
    reader.follow("bots.md")
