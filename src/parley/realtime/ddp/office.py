"""What every connection works with, and what is known of who is at its other end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parley.accounts.identify import Identifier, Person
from parley.db import Database
from parley.realtime.ddp.hub import Hub
from parley.realtime.feed import Feed
from parley.web.limits import Limiter


@dataclass(frozen=True, slots=True)
class Office:
    db: Database
    identify: Identifier
    feed: Feed
    limiter: Limiter
    hub: Hub


@dataclass(slots=True)
class Peer:
    """Who is at the other end. `person` is read anew for each method and each subscription."""

    session: str
    address: str
    say: Callable[[bytes], None]
    person: Person
    user_id: str = ""
    token: str = ""
    """The login token of a person."""
    visitor_token: str = ""
    """Of the visitor whose connection this is, by `livechat:setUpConnection`."""
    leaves: bool = False
    """Logged out: the socket is closed once the answer is written."""

    def becomes(self, user: dict[str, Any], token: str) -> None:
        self.user_id, self.token = user["_id"], token
