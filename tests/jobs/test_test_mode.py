"""Test mode finishes what a call has left to jobs before it answers; webhooks may be beside it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from parley.testmode import KNOWN_ADMIN
from tests.server import Server

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_agents_follow_the_hours_and_a_pdf_is_there_at_once(tmp_path: Path) -> None:
    server = Server(tmp_path, test_mode=True).start()
    try:
        with httpx.Client(base_url=f"{server.url}/api/v1/", timeout=30) as http:
            _look(http)
    finally:
        server.stop()


def _look(http: httpx.Client) -> None:
    def call(method: str, path: str, body: Any = None, **params: str) -> Any:
        return http.request(method, path, json=body, params=params).json()

    found = call("POST", "login", {"user": KNOWN_ADMIN, "password": KNOWN_ADMIN})["data"]
    http.headers.update({"X-User-Id": found["userId"], "X-Auth-Token": found["authToken"]})
    call("POST", "livechat/users/agent", {"username": KNOWN_ADMIN})
    call("POST", "users.setStatus", {"status": "online"})
    key = call("GET", "livechat/business-hour")["businessHour"]["_id"]
    hours: dict[str, Any] = {
        "_id": key,
        "name": "",
        "timezoneName": "UTC",
        "daysOpen": [],
        "departmentsToApplyBusinessHour": "",
        "active": True,
        "type": "default",
    }
    shift = {"start": "00:00", "finish": "23:59", "open": False}
    closed = hours | {"workHours": [{"day": day} | shift for day in DAYS]}
    assert call("POST", "livechat/business-hours.save", closed)["success"]
    for on, status in ((True, "not-available"), (False, "not-available")):
        call("POST", "settings/Livechat_enable_business_hours", {"value": on})
        agent = call("GET", f"livechat/users/agent/{KNOWN_ADMIN}")["user"]
        assert agent["statusLivechat"] == status
    assert call("POST", "livechat/agent.status", {"status": "available"})["success"]

    call("POST", "livechat/visitor", {"visitor": {"token": "t"}})
    room = call("GET", "livechat/room", token="t")["room"]["_id"]
    call("POST", "livechat/message", {"token": "t", "rid": room, "msg": "hello"})
    beside = HTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=beside.serve_forever).start()
    try:
        url = f"http://127.0.0.1:{beside.server_port}/"
        call("POST", "settings/Livechat_webhookUrl", {"value": url})
        assert call("POST", "livechat/webhook.test", {})["success"]
        call("POST", "settings/Livechat_webhookUrl", {"value": ""})
    finally:
        beside.shutdown()
        beside.server_close()

    close = {"rid": room, "comment": "bye", "generateTranscriptPdf": True}
    assert call("POST", "livechat/room.closeByUser", close)["success"]
    assert "pdfTranscriptFileId" in call("GET", "rooms.info", roomId=room)["room"]
