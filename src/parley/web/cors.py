"""CORS and OPTIONS (contract/core.md §1.5)."""

from collections.abc import Mapping
from typing import Any

from parley.web.errors import TEXT

ALLOW = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-allow-headers",
        b"Origin, X-Requested-With, Content-Type, Accept,"
        b" X-User-Id, X-Auth-Token, x-visitor-token, Authorization",
    ),
]
METHODS = (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, HEAD, PATCH")
_TYPE = (b"content-type", TEXT)
_OFF = b'CORS not enabled. Go to "Admin > General > REST Api" to enable it.'

TextAnswer = tuple[int, list[tuple[bytes, bytes]], bytes]


def options(headers: Mapping[bytes, bytes], settings: Mapping[str, Any]) -> TextAnswer:
    """Status, headers and text of an OPTIONS request, whatever its path."""
    origin = headers.get(b"origin")
    if origin is None and b"access-control-request-method" not in headers:
        return 200, [_TYPE, *ALLOW], b"OK"
    if not settings["API_Enable_CORS"]:
        return 405, [_TYPE], _OFF
    allowed = str(settings["API_CORS_Origin"]).strip()
    if allowed == "*":
        return 200, [_TYPE, *ALLOW, METHODS], b"OK"
    known = allowed.lower().replace(" ", "").split(",")
    if not origin or origin.decode("latin-1").lower() not in known:
        return 403, [_TYPE], b"Invalid origin"
    echo = [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
    return 200, [_TYPE, *echo, ALLOW[1], METHODS], b"OK"
