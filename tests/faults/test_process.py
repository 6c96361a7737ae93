"""The process: what it refuses to start with, how it ends, what it prints and logs."""

import asyncio
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from parley.db import Database, Tx
from tests.faults.chats import Chat, connected, start_chats
from tests.faults.invariants import check_books
from tests.integrations.crm import crm
from tests.office import Client
from tests.server import Server

SIGNALS = [signal.SIGTERM, signal.SIGINT]


class Unfinished:
    """A request whose handler waits for the rest of the body."""

    def __init__(self, server: Server, chat: Chat, key: str) -> None:
        where = urlsplit(server.url)
        body = {"token": chat.visitor.token, "rid": chat.room, "msg": key, "_id": key}
        self._body = json.dumps(body).encode()
        self._socket = socket.create_connection((where.hostname, where.port), timeout=60)
        self._socket.sendall(
            b"POST /api/v1/livechat/message HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(self._body)
        )
        # Sent when the handler asks for the body.
        assert self._socket.recv(1000).startswith(b"HTTP/1.1 100 ")

    def finish(self) -> bytes:
        """The whole answer."""
        self._socket.sendall(self._body)
        return self.end()

    def end(self) -> bytes:
        """What arrives until the server closes the connection."""
        parts = []
        with self._socket:
            while part := self._socket.recv(10000):
                parts.append(part)
        return b"".join(parts)


async def one_chat(server: Server) -> Chat:
    async with connected(server) as http:
        [chat] = await start_chats(http, 1)
    return chat


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_drains(server: Server, database_url: str, number: signal.Signals) -> None:
    server.start()
    chat = asyncio.run(one_chat(server))
    requests = [Unfinished(server, chat, f"late{n}") for n in range(3)]
    server.send(number)
    server.logged("stopping")
    answers = [request.finish() for request in requests]
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 3
    assert server.wait() == 0
    where = urlsplit(server.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((where.hostname, where.port), timeout=60)
    assert {"late0", "late1", "late2"} <= asyncio.run(check_books(database_url)).keys()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_waits_for_nobody(
    server: Server, database_url: str, number: signal.Signals
) -> None:
    server.start()
    request = Unfinished(server, asyncio.run(one_chat(server)), "late")
    server.send(signal.SIGTERM)
    server.logged("stopping")
    server.send(number)
    assert server.wait() == 0
    assert not request.end().startswith(b"HTTP/1.1 200")
    server.logged("stopping at once")
    # Had it waited, uvicorn would say that its patience is over.
    assert [entry for entry in server.log if "shutdown exceeded" in entry["message"]] == []
    assert "late" not in asyncio.run(check_books(database_url))


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit status and output of a command that ends by itself."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}
    done = subprocess.run(
        [sys.executable, "-m", "parley", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_options_that_are_refused(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    status, out, err = run("serve", *data, "--bogus", "1")
    assert (status, out) == (2, "")
    assert re.search("No such option.*--bogus", err)
    status, out, err = run("serve", *data, PARLEY_PORT="65536")
    assert (status, out) == (2, "")
    assert "PARLEY_PORT" in err
    status, out, err = run("serve", "--database", "mysql://x")
    assert (status, out) == (1, "")
    assert err == "parley: the database is sqlite:///path or postgresql://…\n"
    status, out, err = run("serve", *data, "--test-mode", "--host", "0.0.0.0")
    assert (status, out) == (1, "")
    assert err == "parley: test mode listens on a loopback address only\n"


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = run("serve", "--data", str(tmp_path / "data"), "--port", port)
    assert status == 1
    last = err.splitlines()[-1]
    assert last.startswith("parley: cannot listen: ")
    assert port in last
    assert "address already in use" in last
    assert "Traceback" not in err


def test_a_database_is_served_once_and_in_its_own_mode(tmp_path: Path) -> None:
    ordinary, public = Server(tmp_path / "a"), Server(tmp_path / "b", test_mode=True)
    refused = Server(tmp_path / "a")
    try:
        ordinary.start()
        assert refused.fails() == 1
        path = tmp_path / "a" / "parley.db"
        assert said(refused) == f"parley: {path} is already served by another parley process"
        assert ordinary.stop() == public.start().stop() == 0
        for server, data, test_mode, word in (
            (ordinary, "a", True, "parley: this database was made without test mode"),
            (public, "b", False, "parley: this database was made in test mode"),
        ):
            other = Server(tmp_path / data, test_mode=test_mode)
            assert other.fails() == 1
            assert said(other).startswith(word)
            assert server.start().stop() == 0
    finally:
        for server in (ordinary, public, refused):
            server.kill()


def said(server: Server) -> str:
    return str(server.log[-1]["message"])


SECRETS = {
    "token": "canary-of-a-visitors-token",
    "text": "canary-of-a-message",
    "password": "canary-of-a-password",
    "wrong": "canary-of-a-wrong-password",
    "key": "canary-of-an-address",
}


async def test_first_admin_and_what_is_logged(database_url: str, tmp_path: Path) -> None:
    """An ordinary server from its first start to its end, through everything that is secret."""
    server = Server(tmp_path / "data", database_url)
    try:
        server.start()
        found = re.fullmatch(
            r"First admin made\. Username: admin  Password: (\S+)", server.next_output()
        )
        assert found
        secrets = [*SECRETS.values(), found[1], *await talk(server, found[1])]
        assert server.stop() == 0
        assert len(server.output) == 1
        server.start()
        async with connected(server) as http:
            await Client(http).post("login", user="admin", password=found[1])
        assert server.stop() == 0
        assert len(server.output) == 1
    finally:
        server.kill()
    assert len(server.log) >= 4
    for entry in server.log:
        assert {"asctime", "levelname", "name", "message"} <= entry.keys(), entry
    logged = json.dumps(server.log, ensure_ascii=False)
    assert [secret for secret in secrets if secret in logged] == []


async def talk(server: Server, password: str) -> list[str]:
    """Uses each secret, rightly and wrongly; the tokens that were given out meanwhile."""
    async with connected(server) as http:
        nobody = Client(http)
        refused = await nobody.call(
            "POST", "login", json={"user": "admin", "password": SECRETS["wrong"]}
        )
        assert refused.status_code == 401
        admin, token = await log_in(http, "admin", password)
        person = {"username": "eva", "name": "Eva", "email": "eva@x.example"}
        await admin.post("users.create", **person, password=SECRETS["password"])
        eva, other = await log_in(http, "eva", SECRETS["password"])
        await admin.post("settings/Livechat_accept_chats_with_no_agents", value=True)
        mine = SECRETS["token"]
        await nobody.post("livechat/visitor", visitor={"token": mine})
        room = (await nobody.get("livechat/room", token=mine))["room"]["_id"]
        said = {"token": mine, "rid": room, "msg": SECRETS["text"]}
        await nobody.post("livechat/message", **said)
        await nobody.get(f"livechat/messages.history/{room}", token=mine)
        for method, path, more in (
            ("POST", "livechat/message", {"json": said | {"rid": "nowhere"}}),
            ("POST", "livechat/message", {"content": json.dumps(said)[:-1]}),
            ("GET", f"livechat/visitor/{mine}/nowhere", {}),
            ("GET", f"no.such.route?token={mine}", {}),
            ("GET", f"livechat/room?token={mine}&rid=%FF", {}),
        ):
            await nobody.call(method, path, **more)
        await eva.call("POST", "logout")
        await ask_outside(admin)
        # What is no HTTP at all.
        where = urlsplit(server.url)
        with socket.create_connection((where.hostname, where.port), timeout=60) as line:
            line.sendall(f"{mine}\r\n\r\n".encode())
            while line.recv(1000):
                pass
    return [token, other]


async def ask_outside(admin: Client) -> None:
    """By an address that is a secret itself, as webhooks' often are."""
    async with crm() as service:
        await admin.post("settings/Livechat_Trigger_Private_Addresses", value="127.0.0.1")
        url = f"{service.url}?key={SECRETS['key']}"
        asked = {"webhookUrl": url, "timeout": 20_000, "fallbackMessage": "f"}
        await admin.post("livechat/triggers/external-service/test", **asked)
        assert len(service.taken) == 1


async def log_in(http: httpx.AsyncClient, user: str, password: str) -> tuple[Client, str]:
    data = (await Client(http).post("login", user=user, password=password))["data"]
    headers = {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}
    return Client(http, headers), data["authToken"]


async def test_an_error_of_the_database_quotes_no_row(db: Database) -> None:
    """A mistake of ours ends in the log; the row that was refused must not."""
    sql = "INSERT INTO users (id, doc, username_key) VALUES ($1, $2, $3)"
    secret = '{"text":"canary-of-a-message"}'

    async def add(tx: Tx, key: str, name: str | None) -> None:
        await tx.rows(sql, key, secret, name)

    await db.act(add, "a", "canary")
    for key, name in (("b", None), ("b", "canary"), ("a", "canary of another")):
        with pytest.raises(Exception, match="constraint") as caught:
            await db.act(add, key, name)
        assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_as_many_files_as_the_system_lets_it_open(server: Server) -> None:
    """A login shell's soft limit would be the number of visitors at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE) == (hard, hard)
