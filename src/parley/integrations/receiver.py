"""Who is told, and one telling: headers, what the answer means (management.md §10)."""

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.db.meta import TEST_MODE, get_mark
from parley.db.tx import Reader
from parley.events.webhooks import URL
from parley.outgoing import Network, NotAsked, networks, post
from parley.preferences.service import current_settings
from parley.signing import identifying

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
    return {
        "User-Agent": "Parley",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "X-Parley-Event-Id": event_id,
        **identifying(secret, body),
    }
