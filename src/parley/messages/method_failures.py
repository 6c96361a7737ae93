"""What a method's frame says of an error (realtime.md §3)."""

from typing import Any

from parley.errors import Coded, ParleyError
from parley.messages.methods import MatchFailed, NoSuchMethod


def failure_of(error: ParleyError) -> dict[str, Any]:
    text = str(error)
    match error:
        case NoSuchMethod():
            return method_error(404, text)
        case MatchFailed():
            return method_error(400, text)
        case Coded():
            reason = text.removesuffix(f"[{error.code}]").rstrip()
            return method_error(error.code, reason, error.details)
    # Plain errors are codes, or sentences of which no code is known.
    return method_error(400, text) if " " in text else method_error(text or "error-not-allowed", "")


def method_error(
    code: str | int, reason: str, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "isClientSafe": True,
        "error": code,
        **({"reason": reason} if reason else {}),
        **({"details": details} if details else {}),
        "message": f"{reason} [{code}]" if reason else f"[{code}]",
        "errorType": "Meteor.Error",
    }
