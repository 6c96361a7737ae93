"""Who is told, and one telling: headers, signature, what the answer means (management.md §10)."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.clock import moment
from parley.db.meta import TEST_MODE, get_mark
from parley.db.tx import Reader
from parley.events.webhooks import URL
from parley.outgoing import Network, NotAsked, networks, post
from parley.preferences.service import current_settings

LONGEST_SECONDS = 30.0
MOST_KEPT = 65_536
"""Bytes of an answer; a longer one is not kept."""

_EVERYWHERE: list[Network] = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


class Receiver(NamedTuple):
    url: str
    secret: str
    seconds: float
    allowed: list[Network]
    settings: Mapping[str, Any]


class Outcome(NamedTuple):
    status: int
    """0 where nobody answered."""
    trouble: str
    """Why it is no success; empty for one."""
    body: str = ""
    """Of a 200; empty where it is too long to be kept."""

    @property
    def again(self) -> bool:
        """Whether another attempt may succeed."""
        return self.status in (0, 429) or self.status >= 500

    @property
    def said(self) -> dict[str, Any]:
        """For the log."""
        status = {"status": self.status} if self.status else {}
        return status | ({"error": self.trouble} if self.trouble else {})


async def receiver(q: Reader) -> Receiver:
    """By the settings as they are now."""
    settings = await current_settings(q)
    allowed = networks(settings["Livechat_webhook_private_addresses"])
    if await get_mark(q, TEST_MODE) is not None:
        allowed = _EVERYWHERE
    return Receiver(
        settings[URL] or "",
        settings["Livechat_secret_token"] or "",
        min(max(settings["Livechat_http_timeout"] / 1000, 0.1), LONGEST_SECONDS),
        allowed,
        settings,
    )


async def send(to: Receiver, event_id: str, body: bytes) -> Outcome:
    """One attempt; success is any 2xx."""
    try:
        reply = await post(
            to.url,
            body,
            _headers(to.secret, event_id, body),
            allowed=to.allowed,
            seconds=to.seconds,
            most_bytes=MOST_KEPT,
        )
    except NotAsked as error:
        return Outcome(0, str(error))
    if not 200 <= reply.status < 300:
        return Outcome(reply.status, f"answered with status {reply.status}")
    kept = reply.body if reply.status == 200 and len(reply.body) <= MOST_KEPT else b""
    return Outcome(reply.status, "", kept.decode("utf-8", "replace").replace("\0", ""))


def _headers(secret: str, event_id: str, body: bytes) -> dict[str, str]:
    headers = {
        "User-Agent": "Parley",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "X-Parley-Event-Id": event_id,
    }
    if secret:
        # A header is Latin-1 at most; a secret that is not goes as its UTF-8.
        headers["X-RocketChat-Livechat-Token"] = secret.encode().decode("latin-1")
        headers["X-Parley-Signature"] = signature(secret, int(moment().timestamp()), body)
    return headers


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`, its key is the secret.

    Who receives it compares the digests, and refuses a time that is long ago.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
