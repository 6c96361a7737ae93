"""What a rule may raise. Services and stores raise these; `web/errors.py` alone renders them."""

from typing import Any


class ParleyError(Exception):
    """Base of everything that has an answer of its own."""


class Refused(ParleyError):
    """400 with `error` only: the contract's plain errors, such as `invalid-room`."""


class Failed(ParleyError):
    """400 `{"success": false}`, for the few answers that give no reason."""


class Reasoned(ParleyError):
    """400 with a code as its `reason` and nothing else, as the upload route has it."""


class Unsent(ParleyError):
    """400 with `message` in the place of `error`, as the transcript's route has it."""


class Coded(ParleyError):
    """400 with `error: "<reason> [<code>]"` and `errorType: <code>` (contract/core.md §1.3).

    Without a reason the text is `[<code>]`.
    """

    def __init__(self, code: str, reason: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{reason} [{code}]" if reason else f"[{code}]")
        self.code = code
        self.details = details


class Typed(ParleyError):
    """400 with a text and an `errorType` that is not repeated in the text."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


class Forbidden(ParleyError):
    """403. The default text is the one a handler's own refusal has."""

    def __init__(self, text: str = "unauthorized") -> None:
        super().__init__(text)


class NotFound(ParleyError):
    """404 with a JSON body: no such object, where the contract says 404."""

    def __init__(self, text: str = "Resource not found") -> None:
        super().__init__(text)


class LoginRefused(ParleyError):
    """401 of the login route: the same text whatever was wrong (contract/core.md §1.7)."""


class LoginStopped(ParleyError):
    """401 of the login route with a code of its own: told to who may know, or must wait."""

    def __init__(self, code: str, reason: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.details = details


class Unavailable(ParleyError):
    """503: the database cannot be read or written now. Nothing of the request was kept."""


class Busy(ParleyError):
    """503: so much costly work waits already that more would only make all wait longer."""


class MethodFailed(ParleyError):
    """400 with the error's frame as `message`: a method of method.call was refused."""
