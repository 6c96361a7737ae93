"""A published widget's build, served at `/livechat` (contract/clients.md e)."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from parley.errors import Unavailable

Settings = Mapping[str, Any]
Current = Callable[[], Awaitable[Settings]]

_BODY = re.compile("<body[^>]*>")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")

_EMBED = """
window.RocketChat = function (call) { window.RocketChat._.push(call); };
window.RocketChat._ = [];
window.RocketChat.url = location.origin + "/livechat";
"""
_DEMO = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>A page with the widget</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
</head>
<body>
<h1>A page with the widget</h1>
<p>A visitor of this page can chat with you. Copy its two scripts to a page of yours, and put this
server's address in place of <code>location.origin</code> and before <code>/livechat</code>.</p>
<script>{_EMBED}</script>
<script async src="/livechat/rocketchat-livechat.min.js"></script>
</body>
</html>
"""

_NONE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>No widget here</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
</head>
<body>
<h1>No widget here</h1>
<p>This server speaks the API of livechat widgets, and has no widget of its own yet. Whoever runs it
gives it one with <code>parley serve --widget DIR</code>.</p>
</body>
</html>
"""


def routes(widget: str, current: Current) -> list[BaseRoute]:
    """Of the folder with the build; without one, a page that says so. Raises Unavailable for one
    without a page."""
    if not widget:
        return [Route("/livechat", _none)]
    folder = Path(widget)
    try:
        index = (folder / "index.html").read_text()
    except (OSError, UnicodeDecodeError):
        raise Unavailable(f"--widget: no index.html in {folder}") from None
    if not _BODY.search(index):
        raise Unavailable(f"--widget: index.html in {folder} is no page")
    before, _, after = _BODY.sub("<body>", index).replace("$", "$$").partition("<body>")
    page = Template(f"{before}<body><script>$script</script>{after}")

    async def show(request: Request) -> Response:
        settings = await current()
        allowed = _allowed(settings)
        if not _from_there(request, allowed):
            refused = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}
            return PlainTextResponse("not for pages of that site", 403, headers=refused)
        script = f"SERVER_URL='{_origin(request, settings)}';"
        return HTMLResponse(page.substitute(script=script), headers=_framed(script, allowed))

    return [
        Route("/livechat", show),
        Route("/livechat/demo", _demo),
        Mount("/livechat", _Files(directory=folder)),
    ]


class _Files(StaticFiles):
    """The scripts are loaded by the pages of other sites."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cross-origin-resource-policy"] = "cross-origin"
        response.headers["cache-control"] = "public, max-age=300"
        return response


async def _none(request: Request) -> Response:
    return HTMLResponse(_NONE)


async def _demo(request: Request) -> Response:
    rules = ["default-src 'self'", f"script-src 'self' {_digest(_EMBED)}"]
    rules += ["style-src 'self' 'unsafe-inline'", "frame-ancestors 'none'", "base-uri 'none'"]
    return HTMLResponse(_DEMO, headers={"content-security-policy": "; ".join(rules)})


def _allowed(settings: Settings) -> list[str]:
    """Hosts of the sites that may show the widget; empty: all may."""
    listed = str(settings["Livechat_AllowedDomainsList"] or "").split(",")
    hosts = [urlsplit(part).netloc if "//" in part else part for part in map(str.strip, listed)]
    return [host for host in hosts if _DOMAIN.fullmatch(host)]


def _from_there(request: Request, allowed: list[str]) -> bool:
    came_from = urlsplit(request.headers.get("referer", "")).netloc
    here = request.headers.get("host", "")
    return not allowed or not came_from or came_from in (here, *allowed)


def _framed(script: str, allowed: list[str]) -> dict[str, str]:
    by = " ".join(["'self'", *allowed]) if allowed else "*"
    rules = [
        "default-src 'self'",
        f"script-src 'self' {_digest(script)}",
        # Its styles are written by its scripts; it shows what agents send, and their sounds.
        "style-src 'self' 'unsafe-inline'",
        "img-src * data: blob:",
        "media-src * data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "base-uri 'none'",
        "form-action 'none'",
        f"frame-ancestors {by}",
    ]
    return {
        "content-security-policy": "; ".join(rules),
        # The page that opened it as a window of its own talks with it.
        "cross-origin-opener-policy": "unsafe-none",
    }


def _origin(request: Request, settings: Settings) -> str:
    """`Site_Url`, or where the request came to. It is written into a script: nothing else is."""
    site = urlsplit(str(settings["Site_Url"] or ""))
    scheme, host = site.scheme, site.netloc
    if scheme not in ("http", "https") or not _HOST.fullmatch(host):
        scheme, host = request.url.scheme, request.headers.get("host", "")
    return f"{scheme}://{host}" if _HOST.fullmatch(host) else ""


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
