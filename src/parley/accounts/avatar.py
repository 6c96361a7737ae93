"""`GET /avatar/<username>`: initials on a colour, for people and visitors alike.

Made from the name alone, so it tells nobody whether there is somebody of that name.
"""

import hashlib
import html
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/avatar/{username}"
SIZE = 200
_SIZES = range(16, 1025)

# White letters can be read on each of them.
_COLOURS = (
    "#b71c1c", "#ad1457", "#6a1b9a", "#4527a0", "#283593", "#1565c0", "#01579b", "#006064",
    "#00695c", "#2e7d32", "#33691e", "#827717", "#8d4a00", "#bf360c", "#4e342e", "#37474f",
)  # fmt: skip
_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=86400",
}


async def avatar(request: Request) -> Response:
    name = request.path_params["username"].removeprefix("@")
    image = picture(name, _size(request.query_params.get("size", "")))
    etag = f'"{hashlib.sha256(image).hexdigest()[:24]}"'
    headers = _HEADERS | {"etag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(image, media_type="image/svg+xml", headers=headers)


ROUTES = [Route(PATH, avatar)]


def picture(name: str, size: int = SIZE) -> bytes:
    """The image, an SVG; `size` in pixels."""
    place = hashlib.sha256(name.lower().encode(errors="replace")).digest()[0] % len(_COLOURS)
    letters = html.escape(initials(name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"'
        f' width="{size}" height="{size}"><rect width="200" height="200" fill="{_COLOURS[place]}"/>'
        f'<text x="100" y="100" dy="0.36em" text-anchor="middle" fill="#ffffff"'
        f' font-family="Helvetica, Arial, sans-serif" font-size="100">{letters}</text></svg>'
    ).encode(errors="replace")


def initials(name: str) -> str:
    """One letter or two, `?` where the name has none."""
    words = [word for word in re.split(r"[\W_]+", name) if word]
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0].upper()[:1] for word in ends) or "?"


def _size(text: str) -> int:
    size = int(text) if re.fullmatch("[0-9]{1,5}", text) else SIZE
    return size if size in _SIZES else SIZE
