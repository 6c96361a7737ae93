"""The port: free for the server, or answered by it."""

import http.client
import json
import socket
from typing import Any

from parley import __version__
from parley.config import Config
from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "port"
PATIENCE = 10
"""Seconds; a server whose database hangs says so after five."""

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104, not bound here


def port(config: Config) -> Finding:
    where = f"{config.host}:{config.port}"
    if config.port == 0:
        return ok(WHAT, "a free one is taken at each start")
    host = _ANY.get(config.host, config.host)
    try:
        version, ready = _ask(host, config.port)
    except ConnectionRefusedError:
        return _free(config, where)
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        return error(
            WHAT,
            f"{where} is taken, and what answers is no parley ({type(trouble).__name__})",
            "stop it, or give parley another --port",
        )
    if not ready:
        return error(
            WHAT, f"parley answers on {where}: it is not ready", "its log and its database tell why"
        )
    if version != __version__:
        return warning(
            WHAT,
            f"parley {version} answers on {where}, this is {__version__}",
            "restart the server",
        )
    return ok(WHAT, f"parley {version} answers on {where} and is ready")


def _ask(host: str, number: int) -> tuple[str, bool]:
    """(version, ready). Raises OSError, HTTPException or ValueError where no parley answers."""
    _, info = _get(host, number, "/api/info")
    status, _ = _get(host, number, "/health/ready")
    return str(info["parley"]), status == 200


def _get(host: str, number: int, path: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(host, number, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read(100_000))
        if not isinstance(body, dict) or (path == "/api/info" and "parley" not in body):
            raise ValueError("another server's answer")
        return response.status, body
    finally:
        connection.close()


def _free(config: Config, where: str) -> Finding:
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            config.host or None, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except OSError as trouble:
        return error(
            WHAT,
            f"cannot listen on {where}: {trouble.strerror}",
            "another --host or --port; those below 1024 need a privilege",
        )
    return ok(WHAT, f"{where} is free; no server runs there")
