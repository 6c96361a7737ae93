"""Who is calling, as the dialect needs to know it. `accounts/` says it; `app.py` joins the two."""

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    @property
    def user_id(self) -> str | None:
        """None for a visitor or nobody."""

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def may(self, *permissions: str) -> bool:
        """Holds at least one of them."""


class Identify(Protocol):
    async def __call__(self, token: str, user_id: str) -> Caller:
        """Both empty, or wrong: a caller without `user_id`. Reads the policy of this moment."""
