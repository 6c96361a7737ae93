"""The proxies of the guide, with their configuration as it is written there."""

import getpass
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets.sync.client
import websockets.sync.server

from parley.accounts.service import one_time_password
from tests.docs.guide import blocks, free_port
from tests.server import Server

Process = subprocess.Popen[bytes]
FORGED = {"X-Real-IP": "203.0.113.6", "X-Forwarded-For": "203.0.113.7"}


class Proxy:
    """A proxy of the page, before something that listens on this machine."""

    def __init__(self, folder: Path, name: str, upstream: int) -> None:
        program = shutil.which(name)
        if program is None or shutil.which("openssl") is None:
            pytest.skip(f"{name} or openssl is not on this machine")
        folder.mkdir()
        self.port, plain = free_port(), free_port()
        _certificate(folder)
        language = {"nginx": "nginx", "caddy": "caddyfile"}[name]
        (text,) = [block.text for block in blocks("reverse-proxy.md") if block.words == [language]]
        text = text.replace("127.0.0.1:3000", f"127.0.0.1:{upstream}")
        make = {"nginx": self._nginx, "caddy": self._caddy}[name]
        check, run = make(program, folder, text, plain)
        checked = subprocess.run(check, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr, checked.stderr
        self._process = Process(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def _nginx(self, program: str, folder: Path, text: str, plain: int) -> tuple[list[str], ...]:
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl;\n": "",
            "/etc/letsencrypt/live/chat.example": str(folder),
        }.items():
            assert old in text
            text = text.replace(old, new)
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Its workers must be able to reach the test's folder.
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        whole = (
            f"{user}daemon off;\nerror_log stderr warn;\npid {folder}/pid;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{paths}{text}}}\n"
        )
        (folder / "nginx.conf").write_text(whole)
        command = [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        return [*command, "-t"], command

    def _caddy(self, program: str, folder: Path, text: str, plain: int) -> tuple[list[str], ...]:
        site = f"https://chat.example:{self.port} {{\n\tbind 127.0.0.1"
        keys = f"{site}\n\ttls {folder}/fullchain.pem {folder}/privkey.pem"
        assert "chat.example {" in text
        whole = "{\n\tadmin off\n\tauto_https off\n}\n"
        (folder / "Caddyfile").write_text(whole + text.replace("chat.example {", keys))
        file = ["--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        return [program, "validate", *file], [program, "run", *file]

    def _wait(self) -> None:
        for _ in range(200):
            assert self._process.poll() is None, "the proxy ended"
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the proxy does not listen")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return json.loads(self.fetch(method, path, body, **headers))

    def fetch(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        """A call from 127.0.0.2, so that the client's address is not the proxy's."""
        url = f"https://chat.example:{self.port}/{path}"
        command = ["curl", "-sS", "--insecure", "--interface", "127.0.0.2", "-X", method, url]
        command += ["--resolve", f"chat.example:{self.port}:127.0.0.1", "--max-time", "30"]
        for name, value in (FORGED | headers).items():
            command += ["-H", f"{name}: {value}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", "@-"]
        sent = json.dumps(body).encode()
        done = subprocess.run(command, input=sent, check=True, capture_output=True)
        return done.stdout.decode()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


def _certificate(folder: Path) -> None:
    files = ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=chat.example", "-addext", "subjectAltName=DNS:chat.example"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *files, *names], check=True, capture_output=True
    )


@pytest.fixture
def parley(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start("--trusted-proxy", "127.0.0.1")
    yield server
    server.kill()


def password_of(server: Server) -> str:
    return server.next_output().rpartition(" ")[2]


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_call_passes_with_the_address_of_its_client(
    name: str, parley: Server, tmp_path: Path
) -> None:
    proxy = Proxy(tmp_path / name, name, int(parley.url.rpartition(":")[2]))
    try:
        assert proxy.call("GET", "health/ready")["status"] == "ok"
        assert "parley_" in httpx.get(f"{parley.url}/metrics").text
        assert "parley_" not in proxy.fetch("GET", "metrics")
        login = {"user": "admin", "password": password_of(parley)}
        data = proxy.call("POST", "api/v1/login", login)["data"]
        me = {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}
        changed = proxy.call("POST", "api/v1/settings/Livechat_title", {"value": "Shop"}, **me)
        assert changed["success"] is True
        (entry,) = proxy.call("GET", "api/v1/audit.events?t=settings.changed", **me)["events"]
        assert entry["actor"]["ip"] == "127.0.0.2"
        # A body that Parley itself refuses, which the proxy must let pass.
        large = {"value": one_time_password() * 80_000}
        refused = proxy.call("POST", "api/v1/settings/Livechat_title", large, **me)
        assert refused["errorType"] == "error-body-too-large"
    finally:
        proxy.stop()


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_websocket_passes(name: str, tmp_path: Path) -> None:
    def echo(socket: websockets.sync.server.ServerConnection) -> None:
        for message in socket:
            socket.send(message)

    with websockets.sync.server.serve(echo, "127.0.0.1", 0) as upstream:
        thread = threading.Thread(target=upstream.serve_forever)
        thread.start()
        proxy = Proxy(tmp_path / name, name, upstream.socket.getsockname()[1])
        try:
            assert _echoed(proxy.port, "hello") == "hello"
        finally:
            proxy.stop()
            upstream.shutdown()
            thread.join()


def _echoed(port: int, text: str) -> str:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    connection = socket.create_connection(("127.0.0.1", port))
    url = f"wss://chat.example:{port}/websocket"
    with websockets.sync.client.connect(url, sock=connection, ssl=trusting) as client:
        client.send(text)
        return str(client.recv(timeout=30))
