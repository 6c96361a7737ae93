"""The budgets of budgets.toml; those of SQL statements are held by db/test_statements.py."""

import subprocess
import sys
from pathlib import Path

from tests.budgets import BUDGETS, ROOT
from tests.house.test_house import in_git, names, requirements


def test_no_source_file_is_too_long() -> None:
    sources = [
        path
        for path in in_git()
        if path.suffix in {".py", ".ts", ".tsx", ".sql", ".css"}
        and path.relative_to(ROOT).parts[0] in {"src", "frontend"}
    ]
    most = BUDGETS["source"]["lines"]
    assert names([p for p in sources if len(p.read_text().splitlines()) > most]) == []


def test_few_packages_are_installed() -> None:
    assert len(requirements("requirements.lock")) <= BUDGETS["packages"]["installed"]


def test_the_wheel_is_small(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    command = [*build, "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.stat().st_size <= BUDGETS["wheel"]["bytes"]
