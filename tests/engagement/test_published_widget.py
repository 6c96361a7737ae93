"""A published widget's build at /livechat."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from parley.app import build_app
from parley.config import Config
from parley.errors import Unavailable
from tests.office import Office

INDEX = (
    '<!doctype html><html><head></head><body class="x"><script src="livechat/a.js"></script></html>'
)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    folder.mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "rocketchat-livechat.min.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
async def site(sqlite_office: Office, build: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(Config(test_mode=True, widget=str(build)), sqlite_office.db)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.example:3000") as http:
        yield http


async def test_the_page_knows_its_server(site: httpx.AsyncClient, sqlite_office: Office) -> None:
    page = await site.get("/livechat")
    assert "<body><script>SERVER_URL='http://chat.example:3000';</script><script src" in page.text
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    evil = await site.get("/livechat", headers={"host": "x';alert(1)//"})
    assert "<script>SERVER_URL='';</script>" in evil.text
    await sqlite_office.setting("Site_Url", "https://help.shop.example/")
    page = await site.get("/livechat", params={"mode": "popout"})
    assert "SERVER_URL='https://help.shop.example';" in page.text


async def test_other_sites_load_its_scripts_and_nothing_else(site: httpx.AsyncClient) -> None:
    script = await site.get("/livechat/rocketchat-livechat.min.js")
    assert (script.status_code, script.text) == (200, "1")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    for path in (
        "",
        "none.js",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "link.txt",
    ):
        assert (await site.get(f"/livechat/{path}")).status_code == 404, path
    demo = await site.get("/livechat/demo")
    assert "/livechat/rocketchat-livechat.min.js" in demo.text


async def test_only_sites_that_are_listed_show_it(
    site: httpx.AsyncClient, sqlite_office: Office
) -> None:
    listed = "https://shop.example, blog.example:8080, 'evil' *"
    await sqlite_office.setting("Livechat_AllowedDomainsList", listed)
    for referer, status in [
        ("", 200),
        ("http://chat.example:3000/livechat/demo", 200),
        ("https://shop.example/cart?x=1", 200),
        ("https://blog.example:8080/", 200),
        ("https://blog.example/", 403),
        ("https://shop.example.evil.example/", 403),
    ]:
        page = await site.get("/livechat", headers={"referer": referer} if referer else {})
        assert page.status_code == status, referer
        policy = page.headers["content-security-policy"]
        by = "'self' shop.example blog.example:8080" if status == 200 else "'none'"
        assert policy.endswith(f"frame-ancestors {by}")


async def test_no_widget(sqlite_office: Office, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no index"):
        build_app(Config(widget=str(tmp_path)), sqlite_office.db)
    page = await sqlite_office.http.get("/livechat")
    assert (page.status_code, "--widget" in page.text) == (200, True)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (await sqlite_office.http.get("/livechat/rocketchat-livechat.min.js")).status_code == 404
