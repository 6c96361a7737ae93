"""`parley user`, beside a running server and without one."""

import json
import os
import subprocess
import sys

import bcrypt
import httpx
import pytest

from parley.accounts.passwords import digest
from tests.server import Server


class Machine:
    """Somebody at the command line of the machine."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def run(self, *arguments: str, line: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "parley", *arguments, "--database", self._url],
            input=line + "\n",
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")},
        )

    def does(self, *arguments: str, line: str = "") -> str:
        done = self.run(*arguments, line=line)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def fails(self, *arguments: str, line: str = "") -> str:
        done = self.run(*arguments, line=line)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def machine(database_url: str) -> Machine:
    return Machine(database_url)


def login(server: Server, username: str, password: str) -> int:
    body = {"user": username, "password": password}
    return httpx.post(f"{server.url}/api/v1/login", json=body).status_code


def test_accounts_are_made_and_mended_beside_a_running_server(
    server: Server, machine: Machine
) -> None:
    server.start()
    said = machine.does("user", "add", "ada", "--role", "admin", "--role", "livechat-agent")
    name, password = said.split()[1], said.split()[3]
    assert (name, login(server, "ada", password)) == ("ada", 200)
    machine.does("user", "password", "ada", "--stdin", line="chosen by hand")
    assert login(server, "ada", password) == 401
    assert login(server, "ada", "chosen by hand") == 200
    machine.does("user", "add", "grace", "--email", "grace@x.example", "--stdin", line="secret")
    machine.does("user", "role", "grace", "give", "livechat-manager")
    machine.does("user", "role", "ada", "take", "livechat-agent")
    people = {p["username"]: p for p in json.loads(machine.does("user", "list", "--json"))}
    assert people["ada"]["roles"] == ["admin"]
    assert people["grace"]["roles"] == ["user", "livechat-manager"]
    assert people["grace"]["emails"][0]["address"] == "grace@x.example"
    assert "grace@x.example" in machine.does("user", "list")
    imported = bcrypt.hashpw(digest("from there").encode(), bcrypt.gensalt(4)).decode()
    machine.does("user", "add", "alan", "--password-hash", imported)
    assert login(server, "alan", "from there") == 200
    machine.does("user", "second-factor-off", "alan")
    said = machine.does("user", "password", "alan", "--generate")
    assert login(server, "alan", said.split()[3]) == 200


def test_what_cannot_be_done_is_said(machine: Machine) -> None:
    assert "migrate" in machine.fails("user", "list")  # there is no database yet
    machine.does("migrate")
    machine.does("user", "add", "ada", "--role", "admin")
    assert "already in use" in machine.fails("user", "add", "ADA")
    assert "not a valid username" in machine.fails("user", "add", "a b")
    assert "nobody is called" in machine.fails("user", "password", "grace", "--generate")
    assert "at least one admin" in machine.fails("user", "role", "ada", "take", "admin")
    assert "not a hash" in machine.fails("user", "add", "alan", "--password-hash", "x")
    assert "required" in machine.fails("user", "password", "ada", "--stdin", line="")
    assert "is not one of" in machine.fails("user", "role", "ada", "give", "king")
