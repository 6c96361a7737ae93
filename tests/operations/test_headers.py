"""Security headers: on every page, download and error that is not the API's JSON."""

import base64
import hashlib
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from parley.app import build_app
from parley.config import Config
from parley.web.security import secured
from tests.office import Office

NOBODY_FRAMES = "frame-ancestors 'none'"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


def paths(routes: list[BaseRoute]) -> list[str]:
    found = []
    for route in routes:
        assert isinstance(route, Route | Mount)
        found.append(re.sub(r"\{[^}]*\}", "x", route.path))
    return found


async def test_every_page_and_error_carries_them(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[BaseRoute] = []

    def listing(*, routes: list[BaseRoute], **more: Any) -> Starlette:
        listed.extend(routes)
        return Starlette(routes=routes, **more)

    monkeypatch.setattr("parley.app.Starlette", listing)
    app = build_app(Config(test_mode=True), sqlite_office.db)
    there = paths(listed)
    assert {"/", "/metrics", "/health/ready"} <= set(there)
    nowhere = ["/nothing", "/api/v1", "/livechat/nothing", "/%00", "//"]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        for path in [*there, *nowhere]:
            for method in ("GET", "HEAD", "POST"):
                _check(await http.request(method, path))
        _check(await http.get("/api/v1/me", headers={"via": "a proxy"}))

        async def fail(self: Any) -> Response:
            raise RuntimeError

        monkeypatch.setattr("parley.metrics.Metrics.page", fail)
        response = await http.get("/metrics")
        assert response.status_code == 500
        _check(response)


def _check(response: httpx.Response) -> None:
    where = f"{response.request.method} {response.url.path}"
    headers = response.headers
    assert headers.items() >= ALWAYS.items(), where
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'"), where
    assert NOBODY_FRAMES in policy, where
    assert "unsafe" not in policy, where
    assert "camera=()" in headers["permissions-policy"], where
    assert "cache-control" in headers, where
    # An avatar is shown, and the chime played, by whatever page shows the chat.
    open_to_all = response.url.path.startswith(("/avatar/", "/sounds/"))
    shared = open_to_all and response.status_code == 200
    shared = shared or headers.get("access-control-allow-origin") == "*"
    policy = headers["cross-origin-resource-policy"]
    assert policy == ("cross-origin" if shared else "same-origin"), where
    assert len(set(headers.keys())) == len(headers.multi_items()), where


async def test_the_home_page_may_use_its_style_and_no_other(sqlite_office: Office) -> None:
    response = await sqlite_office.http.get("/")
    [style] = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert "style=" not in response.text


async def ask(page: Response) -> httpx.Headers:
    transport = httpx.ASGITransport(secured(page))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        return (await http.get("/")).headers


async def test_what_a_page_says_itself_is_left_alone() -> None:
    own = {
        "content-security-policy": "default-src 'self'",
        "cache-control": "public, max-age=60",
        "referrer-policy": "same-origin",
    }
    headers = await ask(HTMLResponse("", headers=own))
    assert headers.items() >= own.items()
    assert headers["x-frame-options"] == "DENY"


async def test_a_page_that_says_who_may_frame_it_is_framed() -> None:
    policy = "default-src 'none'; frame-ancestors https://shop.example"
    headers = await ask(HTMLResponse("", headers={"content-security-policy": policy}))
    assert headers["content-security-policy"] == policy
    assert "x-frame-options" not in headers
    assert headers["x-content-type-options"] == "nosniff"
