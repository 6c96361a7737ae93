"""Rate limits (contract/core.md §1.6): fixed windows by address and route.

Some routes are a visitor's own: they count by visitor token instead, and by address only against
whole offices of them. State is of this process and bounded.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from parley import clock
from parley.web.errors import TooMany
from parley.web.route import Route

MINUTE_MS = 60_000
MOST_WINDOWS = 100_000


class Limit(NamedTuple):
    calls: int
    ms: int
    by_visitor: bool = False


DEFAULT = Limit(10, MINUTE_MS)

ADDRESS_FACTOR = 20
"""An address may do so many times what one visitor may, where visitors are counted."""

EXCEPTIONS = {
    ("POST", "/api/v1/livechat/visitor"): Limit(5, MINUTE_MS),
    ("GET", "/api/v1/livechat/room"): Limit(5, MINUTE_MS),
    ("POST", "/api/v1/users.setStatus"): Limit(5, MINUTE_MS),
    # Clients come back whenever their connection breaks, a whole office at once.
    ("GET", "/api/v1/livechat/events"): Limit(600, MINUTE_MS),
    ("POST", "/api/v1/livechat/offline.message"): Limit(1, 5_000),
    # Each stands for many methods; clients write their messages by them.
    ("POST", "/api/v1/method.call/:method"): Limit(1_200, MINUTE_MS),
    # Signed, and from few addresses for all who write to the office.
    ("POST", "/api/v1/livechat/sms-incoming/:service"): Limit(1_200, MINUTE_MS),
    ("POST", "/api/v1/method.callAnon/:method"): Limit(1_200, MINUTE_MS),
    # A machine outside is asked for each.
    ("POST", "/api/v1/livechat/triggers/external-service/test"): Limit(15, MINUTE_MS),
    ("POST", "/api/v1/livechat/triggers/:_id/external-service/call"): Limit(
        10, MINUTE_MS, by_visitor=True
    ),
    ("POST", "/api/v1/livechat/message"): Limit(60, MINUTE_MS, by_visitor=True),
    ("GET", "/api/v1/livechat/messages.history/:rid"): Limit(60, MINUTE_MS, by_visitor=True),
}


def _default(settings: Mapping[str, Any]) -> Limit:
    # A limit of nothing would refuse the login that could mend it.
    calls = settings["API_Enable_Rate_Limiter_Limit_Calls_Default"]
    ms = settings["API_Enable_Rate_Limiter_Limit_Time_Default"]
    return Limit(calls if calls > 0 else DEFAULT.calls, ms if ms > 0 else DEFAULT.ms)


@dataclass(slots=True)
class _Window:
    ends_ms: int
    calls: int = 0


class Limiter:
    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._windows: dict[tuple[str, str, str], _Window] = {}

    def check(
        self, route: Route, caller: Any, address: str, token: Any
    ) -> list[tuple[bytes, bytes]]:
        """Counts the call and returns the X-RateLimit headers; raises TooMany over the limit."""
        settings: Mapping[str, Any] = caller.settings
        if (
            not self._enabled
            or not settings["API_Enable_Rate_Limiter"]
            or caller.may("api-bypass-rate-limit")
        ):
            return []
        limit = EXCEPTIONS.get((route.method, route.path)) or _default(settings)
        if limit.by_visitor and isinstance(token, str) and token:
            digest = hashlib.sha256(token.encode(errors="replace")).hexdigest()
            office = limit._replace(calls=limit.calls * ADDRESS_FACTOR)
            self._count(route, address, office)
            return self._count(route, digest, limit)
        return self._count(route, address, limit)

    def _count(self, route: Route, who: str, limit: Limit) -> list[tuple[bytes, bytes]]:
        now = int(clock.moment().timestamp() * 1000)
        key = (who, route.method, route.path)
        window = self._windows.get(key)
        if window is None or window.ends_ms <= now:
            self._make_room(now)
            window = self._windows[key] = _Window(now + limit.ms)
        window.calls += 1
        headers = [
            (b"x-ratelimit-limit", b"%d" % limit.calls),
            (b"x-ratelimit-remaining", b"%d" % max(0, limit.calls - window.calls)),
            (b"x-ratelimit-reset", b"%d" % window.ends_ms),
        ]
        if window.calls > limit.calls:
            raise TooMany(max(1, -(-(window.ends_ms - now) // 1000)), headers)
        return headers

    def _make_room(self, now: int) -> None:
        if len(self._windows) < MOST_WINDOWS:
            return
        alive = [(key, window) for key, window in self._windows.items() if window.ends_ms > now]
        # If most are alive, the oldest go, which forgives their callers rather than grow. A tenth
        # is made free each time: to search for one dead window at every call would be slow.
        self._windows = dict(alive[-(MOST_WINDOWS - MOST_WINDOWS // 10) :])
