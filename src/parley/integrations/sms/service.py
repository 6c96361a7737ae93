"""What Parley asks of a provider of SMS; `SERVICES` are those it knows."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

Settings = Mapping[str, Any]
Fields = Mapping[str, str]


class Media(NamedTuple):
    url: str
    type: str
    """As the sender says."""


class Sms(NamedTuple):
    """A message that came in."""

    id: str
    """The provider's; empty where it has none. The same twice is one message."""
    sender: str
    to: str
    body: str
    media: list[Media]
    location: tuple[float, float] | None
    """Longitude, latitude."""
    places: dict[str, str]
    """Of country, state, city and zip what is known of the sender's number."""


class Outgoing(NamedTuple):
    sender: str
    to: str
    body: str
    media: list[str]
    """URLs that the provider can fetch."""


class Service(Protocol):
    longest: int
    """Characters of one message."""

    def is_genuine(self, settings: Settings, target: str, fields: Fields, signature: str) -> bool:
        """`target`: path and query of the request; `signature`: the header `header`."""

    @property
    def header(self) -> str: ...

    def read(self, fields: Fields) -> Sms:
        """Raises Refused."""

    def answer(self, reason: str = "") -> str:
        """XML; with a reason, that the message was not taken."""

    def login(self, settings: Settings, url: str) -> dict[str, str]:
        """Headers to fetch media with."""

    async def send(self, settings: Settings, message: Outgoing) -> None:
        """Raises GiveUp for what is refused for good, NotAsked for what may work later."""
