"""`GET /`: a small page for a person who opened the server in a browser."""

import html
from collections.abc import Awaitable, Callable
from importlib.resources import files
from string import Template
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from parley import __version__
from parley.errors import ParleyError
from parley.web.security import policy


class Shown(NamedTuple):
    call: str
    answer: str
    """JSON, indented for reading."""


Example = Callable[[], Awaitable[Shown]]

_SOURCE = files(__package__).joinpath("home.html").read_text()
_PAGE = Template(_SOURCE)
_EXAMPLE = Template(
    "<h2>The history call, and its answer now</h2>"
    "<p>The demo printed it as a <code>curl</code> line with a token that works.</p>"
    "<pre>GET $call</pre><pre>$answer</pre>"
)
_HEADERS = {"content-security-policy": policy(_SOURCE)}


async def _shown(example: Example) -> str:
    try:
        found = await example()
    except ParleyError:
        return ""
    return _EXAMPLE.substitute(call=html.escape(found.call), answer=html.escape(found.answer))


def page(example: Example | None) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        shown = ""
        if example is not None:
            shown = await _shown(example)
        return HTMLResponse(
            _PAGE.substitute(version=html.escape(__version__), example=shown), headers=_HEADERS
        )

    return show
