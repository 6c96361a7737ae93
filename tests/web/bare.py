"""The dialect alone: routes of the test's own, callers told by their token, no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from parley.preferences.service import DEFAULTS
from parley.web.api import Api
from parley.web.route import Route


@dataclass
class Someone:
    user_id: str | None
    settings: dict[str, Any]
    permissions: tuple[str, ...] = ()

    def may(self, *permissions: str) -> bool:
        return not set(permissions).isdisjoint(self.permissions)


@dataclass
class Bare:
    """`X-Auth-Token: a,b` is a person who holds the permissions a and b."""

    routes: Iterable[Route]
    limited: bool = True
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS))

    async def _identify(self, token: str, user_id: str) -> Someone:
        if not user_id:
            return Someone(None, self.settings)
        return Someone(user_id, self.settings, tuple(token.split(",")))

    def client(self) -> httpx.AsyncClient:
        api = Api(self.routes, self._identify, None, limited=self.limited)
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://bare/api/v1/")


def person(*permissions: str) -> dict[str, str]:
    return {"X-User-Id": "someone", "X-Auth-Token": ",".join(permissions)}
