"""What may be told of a request to whoever measures: never its path, which can hold a token."""

from collections.abc import Mapping
from typing import Any

NOTHING = "(none)"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def matched(scope: Mapping[str, Any]) -> tuple[str, str]:
    """(method, pattern of its route), known once the request was answered.

    A path that leads nowhere has the pattern `(none)`, a method we do not know the name `(other)`.
    """
    # The API's own route, or the page's as Starlette leaves it.
    route = scope.get("parley.route") or scope.get("route")
    method = scope["method"]
    return (
        method if method in _METHODS else "(other)",
        NOTHING if route is None else route.path,
    )
