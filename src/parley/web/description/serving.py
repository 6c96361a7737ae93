"""The document and its page over HTTP. Each is made once, when it is first asked for."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from parley.web.description.document import describe, encoded
from parley.web.description.page import STYLE, render
from parley.web.route import Route
from parley.web.security import policy

_HEADERS = {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Made(NamedTuple):
    body: bytes
    tag: str
    headers: dict[str, str]


class Documentation:
    # Plain functions, which Starlette runs beside the event loop: to make a document takes longer
    # than a request may.

    def __init__(self, routes: Sequence[Route], version: str) -> None:
        self._routes = routes
        self._version = version

    def openapi(self, request: Request) -> Response:
        return _answer(request, self._json)

    def page(self, request: Request) -> Response:
        return _answer(request, self._html)

    @cached_property
    def _document(self) -> dict[str, Any]:
        return describe(self._routes, self._version)

    @cached_property
    def _json(self) -> Made:
        # Whoever shows the document elsewhere may load it: it holds nothing but what is public.
        headers = {"content-type": "application/json", "access-control-allow-origin": "*"}
        return _made(encoded(self._document), headers)

    @cached_property
    def _html(self) -> Made:
        allowed = policy(f"<style>{STYLE}</style>")
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": allowed}
        return _made(render(self._document).encode(), headers)


def _made(body: bytes, headers: dict[str, str]) -> Made:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Made(body, tag, {**_HEADERS, **headers, "etag": tag})


def _answer(request: Request, made: Made) -> Response:
    if made.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=made.headers)
    return Response(made.body, headers=made.headers)
