"""`parley demo`, as somebody runs it who has just cloned the project."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server import Server


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Server]:
    process = Server(tmp_path / "data", task="demo")
    yield process
    process.kill()


def follow(curl: str) -> Any:
    """What the printed line answers."""
    command, *arguments = shlex.split(curl)
    assert command == "curl"
    headers = dict(
        h.split(": ")
        for h, flag in zip(arguments[1::2], arguments[::2], strict=False)
        if flag == "-H"
    )
    answer = httpx.get(arguments[-1], headers=headers)
    assert answer.status_code == 200
    return answer.json()


def test_the_printed_line_shows_a_history_and_outlives_a_restart(demo: Server) -> None:
    demo.start()
    first = demo.next_output()
    found = follow(first)
    assert found["total"] == found["count"] == 3
    opened, *closed = found["history"]
    assert opened["open"] is True
    assert all(room["closer"] == "user" and room["closingMessage"] for room in closed)
    assert {room["servedBy"]["username"] for room in found["history"]} <= {"amira", "jonas"}
    assert all(room["msgs"] > 6 and room["metrics"]["response"] for room in found["history"])

    page = httpx.get(demo.url).text
    assert "visitors.chatHistory" in page
    assert opened["_id"] in page
    token = shlex.split(first)[2].removeprefix("X-Auth-Token: ")
    assert token not in page
    assert all(token not in str(entry) for entry in demo.log)
    assert demo.stop() == 0
    assert demo.output == [first]

    demo.start()
    again = follow(demo.next_output())
    assert again["history"] == found["history"]


def test_data_that_is_no_demos_is_left_alone(demo: Server, tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    assert server.stop() == 0
    assert demo.fails() == 1
    assert "not a demo's" in demo.log[-1]["message"]


def test_serve_leaves_the_demos_data_alone(demo: Server, tmp_path: Path) -> None:
    demo.start()
    demo.next_output()
    assert demo.stop() == 0
    server = Server(tmp_path / "data")
    assert server.fails() == 1
    assert "the demo's data" in server.log[-1]["message"]
