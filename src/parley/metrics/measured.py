"""The application with its requests counted: all of them, pages and errors too."""

from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from parley.metrics.page import Metrics
from parley.metrics.requests import GONE
from parley.web.matched import matched


class Measured:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self.metrics = metrics
        self._requests = metrics.requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = GONE
        counted = False
        requests = self._requests
        requests.under_way += 1
        began = perf_counter()

        def count() -> None:
            nonlocal counted
            if not counted:
                counted = True
                requests.under_way -= 1
                requests.answered((*matched(scope), status), perf_counter() - began)

        def noting(message: Any) -> Any:
            nonlocal status
            if "status" in message:
                status = message["status"]
                if scope.get("parley.lasts"):
                    # It stays open for hours: what took time was to begin.
                    count()
            return send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            status = 500 if status == GONE else status  # what the server answers then
            raise
        finally:
            count()
