"""Security headers of everything that is not the API's JSON: pages, downloads, errors.

The one place where they are added. A page may set any of them itself, stricter or not; what it says
is left alone. A page that other sites may frame (the widget's will be) says by whom with a
`frame-ancestors` of its own. Strict-Transport-Security is the business of the proxy, which alone
knows of TLS.
"""

import base64
import hashlib
import re
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


def policy(html: str = "", *, form_action: str = "'none'") -> str:
    """A content security policy: nothing but the style that stands in the page's own text."""
    styles = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    rules = ["default-src 'none'", "base-uri 'none'", f"form-action {form_action}"]
    if styles:
        rules.append(" ".join(["style-src", *map(_digest, styles)]))
    return "; ".join([*rules, "frame-ancestors 'none'"])


def _digest(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


_POLICY = (b"content-security-policy", policy().encode())
_UNFRAMED = (b"x-frame-options", b"DENY")
_OURS_ONLY = (b"cross-origin-resource-policy", b"same-origin")
_FOR_ALL = (b"cross-origin-resource-policy", b"cross-origin")
_FEATURES = (
    "accelerometer camera display-capture geolocation gyroscope magnetometer microphone payment usb"
)
_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{name}=()" for name in _FEATURES.split()).encode()),
    (b"cache-control", b"no-store"),
]


def secured(app: ASGIApp) -> ASGIApp:
    async def secure(scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                message = {**message, "headers": [*said, *_missing(dict(said))]}
            await send(message)

        await app(scope, receive, add)

    return secure


def _missing(said: dict[bytes, bytes]) -> Headers:
    # An answer that scripts of all sites may read says so in CORS, and may be loaded by them too.
    wanted = [_POLICY, *_ALWAYS]
    wanted.append(_FOR_ALL if said.get(b"access-control-allow-origin") == b"*" else _OURS_ONLY)
    if _unframed(said.get(_POLICY[0], _POLICY[1])):
        wanted.append(_UNFRAMED)
    return [header for header in wanted if header[0] not in said]


def _unframed(policy: bytes) -> bool:
    """False for a page that names who may frame it: x-frame-options knows no names."""
    return b"frame-ancestors" not in policy or b"frame-ancestors 'none'" in policy
