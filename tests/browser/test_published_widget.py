"""npm's widget in Debian's chromium holds a conversation, over a restart of the server."""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect, sync_playwright

from parley.testmode import KNOWN_ADMIN
from tests.server import Server

PACKAGE = "@rocket.chat/livechat@1.13.3"
INTEGRITY = (
    "gEX3V2Cr+7Nr+j4CFwBBX7R/1mZxWvnmpbz/jc+gJOa7zKJOdyv4waLc5RegmoubxpNlzbpbMiNkwg5GQuhyWA=="
)
CHROMIUM = "/usr/bin/chromium"
SECONDS = 60_000


@pytest.fixture(scope="session")
def widget(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build inside the published package."""
    folder = tmp_path_factory.mktemp("widget")
    npm = shutil.which("npm", path=str(Path(sys.executable).parent)) or shutil.which("npm")
    assert npm, "npm is missing: ./dev setup installs it"
    done = subprocess.run(
        [npm, "pack", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    file = folder / done.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    assert digest == INTEGRITY
    with tarfile.open(file) as archive:
        archive.extractall(folder)  # noqa: S202 (its digest is known; Debian's Python has no filters)
    return folder / "package" / "build"


@pytest.fixture
def page() -> Iterator[Page]:
    assert Path(CHROMIUM).exists(), "chromium is missing: apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(SECONDS)
        yield opened
        browser.close()


class Desk:
    """An agent at the API."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1/")

    def post(self, path: str, **body: object) -> dict[str, object]:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def log_in(self, username: str, password: str) -> None:
        answer = self.http.post("login", json={"user": username, "password": password}).json()
        data = answer["data"]
        self.http.headers.update({"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]})


def open_office(admin: Desk, ann: Desk) -> None:
    admin.log_in(KNOWN_ADMIN, KNOWN_ADMIN)
    person = {"username": "ann", "name": "Ann Agent", "email": "ann@office.example"}
    admin.post("users.create", **person, password="secret123", roles=["user", "livechat-agent"])
    admin.post("settings/Livechat_registration_form", value=False)
    ann.log_in("ann", "secret123")
    ann.post("users.setStatus", status="online")


def say(frame: FrameLocator, text: str) -> None:
    box = frame.locator("[contenteditable=true]:visible").first
    box.click()
    box.press_sequentially(text)
    box.press("Enter")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_conversation_over_a_restart(server: Server, widget: Path, page: Page) -> None:
    server.start("--widget", str(widget))
    with Desk(server.url) as admin, Desk(server.url) as ann:
        open_office(admin, ann)
        converse(server, widget, page, admin, ann)


def converse(server: Server, widget: Path, page: Page, admin: Desk, ann: Desk) -> None:
    url = server.url
    page.goto(f"{url}/livechat/demo")
    frame = page.frame_locator("iframe")
    frame.locator("button:visible").first.click()
    say(frame, "hello from the widget")
    expect(frame.get_by_text("hello from the widget")).to_be_visible(timeout=SECONDS)
    (room,) = admin.http.get("livechat/rooms").json()["rooms"]
    rid = room["_id"]
    ann.post("chat.sendMessage", message={"rid": rid, "msg": "hello from Ann"})
    expect(frame.get_by_text("hello from Ann")).to_be_visible(timeout=SECONDS)
    server.kill()
    with page.expect_websocket(timeout=SECONDS):
        server.start("--widget", str(widget), "--port", str(urlsplit(url).port))
        ann.post("chat.sendMessage", message={"rid": rid, "msg": "said meanwhile"})
    say(frame, "still here")
    for text in ("hello from the widget", "hello from Ann", "said meanwhile", "still here"):
        expect(frame.get_by_text(text)).to_have_count(1, timeout=SECONDS)
    ann.post("livechat/room.closeByUser", rid=rid, comment="bye")
    expect(frame.get_by_text("Chat Finished")).to_be_visible(timeout=SECONDS)
