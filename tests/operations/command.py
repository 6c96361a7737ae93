"""`parley …` as a process that ends by itself."""

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple


class Ended(NamedTuple):
    status: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")} | more


def parley(*arguments: object, umask: int = -1, **variables: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "parley", *map(str, arguments)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        umask=umask,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def doctor(database_url: str, *more: object) -> tuple[int, list[dict[str, Any]]]:
    """Exit status and findings, of a server that is not looked for."""
    ended = parley("doctor", "--json", "--port", 0, "--database", database_url, *more)
    assert ended.err == ""
    return ended.status, json.loads(ended.out)


def healthy(database_url: str) -> None:
    status, findings = doctor(database_url)
    assert [f for f in findings if f["severity"] == "error"] == []
    assert status == 0
    assert sum(f["what"] == "books" for f in findings) > 5
