"""What frames say of errors: in a `result` and in a `nosub` alike (realtime.md §3)."""

import logging
from typing import Any

from parley.errors import Busy, LoginStopped, ParleyError, Unavailable
from parley.messages.method_failures import failure_of, method_error
from parley.web.errors import InvalidParams, TooMany

log = logging.getLogger("parley.realtime")

UNKNOWN = method_error(500, "Internal server error")


class LoginFailed(ParleyError):
    """403, with the sentence that clients show."""


class NoSuchSubscription(ParleyError):
    """404: there is no stream of this name."""


def failure(error: Exception) -> dict[str, Any]:
    text = str(error)
    match error:
        case LoginFailed():
            return method_error(403, text)
        case NoSuchSubscription():
            return method_error(404, text)
        case LoginStopped():
            return method_error(error.code, text, error.details)
        case TooMany():
            slow = f"Please slow down. You must wait {error.seconds} seconds before trying again."
            reason = f"Error, too many requests. {slow}"
            return method_error("too-many-requests", reason)
        case Unavailable() | Busy():
            log.warning("database unavailable: %s", text)
            return method_error("error-service-unavailable", "Try again soon")
        case InvalidParams():
            return method_error(400, text)
        case ParleyError():
            return failure_of(error)
    log.error("unexpected error", exc_info=error)
    return UNKNOWN
