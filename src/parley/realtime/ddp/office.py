"""What every connection works with, and what is known of who is at its other end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from parley.accounts.identify import Identifier, Person
from parley.db import Database
from parley.realtime.ddp.hub import Hub
from parley.realtime.hub import Hub as Events
from parley.realtime.presence import Connection, Presence
from parley.realtime.typing import Typing
from parley.web.limits import Limiter


@dataclass(frozen=True, slots=True)
class Office:
    db: Database
    identify: Identifier
    limiter: Limiter
    hub: Hub
    events: Events
    presence: Presence
    typing: Typing
    visitor_listens: Callable[[str], None]
    """Of a room."""


@dataclass(slots=True)
class Peer:
    """Who is at the other end. `person` is read anew for each method and each subscription."""

    session: str
    address: str
    say: Callable[[bytes], None]
    person: Person
    user_id: str = ""
    token_hash: str = ""
    """Of the login token of a person."""
    presence: Connection | None = None
    """What holds the person present."""
    visitor_token: str = ""
    """Of the visitor whose connection this is, by `livechat:setUpConnection`."""
    visiting: Connection | None = None
    """What holds that visitor present."""
    came_back: set[str] = field(default_factory=set)
    """Rooms that it was let into without having asked."""
    leaves: bool = False
    """Logged out: the socket is closed once the answer is written."""

    async def becomes(self, user_id: str, token_hash: str, presence: Presence) -> None:
        """The person who has logged in; they are present from now on."""
        self.leave()
        self.user_id, self.token_hash = user_id, token_hash
        self.presence = await presence.connected(user_id)

    def leave(self) -> None:
        self.user_id = self.token_hash = ""
        if self.presence is not None:
            self.presence.gone()
            self.presence = None
