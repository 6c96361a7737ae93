"""Errors of the protocol, and the one place where any error becomes an answer."""

import logging
from typing import Any

from parley.errors import (
    Busy,
    Coded,
    Failed,
    Forbidden,
    LoginRefused,
    LoginStopped,
    MethodFailed,
    NotFound,
    ParleyError,
    Reasoned,
    Typed,
    Unavailable,
    Unsent,
)

log = logging.getLogger("parley.web")

JSON = b"application/json"
TEXT = b"text/plain; charset=UTF-8"


class NotLoggedIn(ParleyError):
    """401 on a route that asks for a login."""


class NoPermission(ParleyError):
    """403 by the route's declaration."""


class Unparseable(ParleyError):
    """400: a query string that cannot be read."""


class TooLarge(ParleyError):
    """413: a body over the limit; it is not read to its end."""


class TooMany(ParleyError):
    """429: over the rate limit, for so many seconds."""

    def __init__(self, seconds: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.seconds = seconds
        self.headers = headers


class InvalidParams(ParleyError):
    """400 of the legacy dialect."""


class InvalidTypedQuery(ParleyError):
    """400: the query of a typed route."""


class InvalidTypedBody(ParleyError):
    """400: the body of a typed route."""


def render(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and JSON object for anything that can be raised (contract/core.md §1.3)."""
    text = str(error)
    match error:
        case NotLoggedIn():
            return 401, _unauthenticated("You must be logged in to do this.")
        case LoginRefused():
            return 401, _unauthenticated("Unauthorized")
        case LoginStopped():
            body = _unauthenticated(text) | {"error": error.code, "errorType": error.code}
            return 401, body | {"details": error.details} if error.details else body
        case NoPermission():
            text = "User does not have the permissions required for this action"
            return 403, {"success": False, "error": f"{text} [error-unauthorized]"}
        case Forbidden():
            return 403, {"success": False, "error": text}
        case NotFound():
            return 404, {"success": False, "error": text}
        case InvalidParams():
            return 400, _typed(f"{text} [invalid-params]", "invalid-params")
        case InvalidTypedQuery():
            return 400, _typed(text, "error-invalid-params")
        case InvalidTypedBody():
            return 400, _typed(text, "invalid-params")
        case Unparseable():
            return 400, {"success": False, "error": "Invalid query parameters"}
        case TooLarge():
            code = "error-body-too-large"
            return 413, _typed(f"Request body too large [{code}]", code)
        case TooMany():
            wait = f"You must wait {error.seconds} seconds before trying this endpoint again."
            text = f"Error, too many requests. Please slow down. {wait} [error-too-many-requests]"
            return 429, {"success": False, "error": text}
        case Unavailable():
            log.warning("database unavailable: %s", text)
            code = "error-service-unavailable"
            return 503, _typed(f"The database is not available at the moment [{code}]", code)
        case Busy():
            code = "error-service-unavailable"
            return 503, _typed(f"The server is busy, try again soon [{code}]", code)
        case Coded(code="unauthorized" | "error-unauthorized"):
            return 403, {"success": False, "error": text}
        case Coded():
            body = _typed(text, error.code)
            return 400, body | {"details": error.details} if error.details else body
        case Typed():
            return 400, _typed(text, error.kind)
        case MethodFailed():
            return 400, {"message": text, "success": False}
        case Reasoned():
            return 400, {"reason": text, "success": False}
        case Failed():
            return 400, {"success": False}
        case Unsent():
            return 400, {"message": text, "success": False}
        case ParleyError():
            return 400, {"success": False, "error": text}
    log.error("unexpected error", exc_info=error)
    return 500, {"success": False, "error": "Internal server error"}


def _typed(text: str, kind: str) -> dict[str, Any]:
    return {"success": False, "error": text, "errorType": kind}


def _unauthenticated(text: str) -> dict[str, Any]:
    return {"success": False, "error": text, "status": "error", "message": text}
