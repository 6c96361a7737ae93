"""The wheel holds everything, and runs where there is nothing else (acceptance)."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(folder)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture
def demo(wheel: Path, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """`parley demo` of a clean virtual environment: the locked dependencies and the wheel alone."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin/python"), "-m", "pip", "--quiet", "install"]
    lock = str(ROOT / "requirements.lock")
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True, cwd=tmp_path)
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, cwd=tmp_path)
    with subprocess.Popen(
        [str(venv / "bin/parley"), "demo", "--port", "0"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.terminate()


def test_it_holds_every_file_of_the_package(wheel: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src/parley"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    names = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    held = zipfile.ZipFile(wheel).namelist()
    assert {f"src/{name}" for name in held if ".dist-info/" not in name} == names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in held)


def test_it_runs_the_demo_and_the_printed_line(demo: "subprocess.Popen[str]") -> None:
    """This installs from the package registry, as a person would."""
    assert demo.stdout is not None
    curl = demo.stdout.readline()
    assert curl.startswith("curl ")
    answer = subprocess.run(curl, shell=True, check=True, capture_output=True)  # noqa: S602, its point
    found = json.loads(answer.stdout)
    assert found["success"] is True
    assert found["total"] == len(found["history"]) == 3
