"""What the streams of events tell."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parley.accounts.answers import User
from parley.agents.answers import AgentShown
from parley.canned_responses.answers import CannedResponse
from parley.realtime.frames import Reason
from parley.rooms.answers import Message, Room, Subscription


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changed, numbered within its stream, and beside it the documents as they are now, as the
    REST API shows them to the caller; null is what is gone or hidden. A `signal` is not kept
    (`typing`), and has the number 0.
    """

    stream: str
    number: int
    kind: str
    at: str
    ids: dict[str, Any]
    room: Room | UnsetType | None = UNSET
    message: Message | UnsetType | None = UNSET
    inquiry: dict[str, Any] | UnsetType | None = UNSET
    subscription: Subscription | UnsetType | None = UNSET
    department: dict[str, Any] | UnsetType | None = UNSET
    user: User | UnsetType | None = UNSET
    preferences: dict[str, Any] | UnsetType = UNSET
    agent: AgentShown | UnsetType | None = UNSET
    cannedResponse: CannedResponse | UnsetType | None = UNSET


class Snapshot(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The state of this moment: first, instead of what was missed, and whenever the caller may see
    more or less than before. A person gets `user` and lists of what is open or waits, a visitor
    `room`, `agent` and the newest messages. `complete` is false where there are more.
    """

    complete: bool
    user: User | UnsetType | None = UNSET
    rooms: list[Room] | UnsetType = UNSET
    inquiries: list[dict[str, Any]] | UnsetType = UNSET
    subscriptions: list[Subscription] | UnsetType = UNSET
    room: Room | UnsetType | None = UNSET
    agent: AgentShown | UnsetType | None = UNSET
    messages: list[Message] | UnsetType = UNSET


class View(msgspec.Struct, forbid_unknown_fields=True):
    """After what was missed: ids of a person's open rooms, waiting inquiries and subscriptions.
    Others are gone, if it is `complete`.
    """

    complete: bool
    rooms: list[str]
    inquiries: list[str]
    subscriptions: list[str]


class Closing(msgspec.Struct, forbid_unknown_fields=True):
    """Why the server ends the answer."""

    reason: Reason


LASTS: dict[str, type[msgspec.Struct]] = {
    "event": Told,
    "snapshot": Snapshot,
    "view": View,
    "signal": Told,
    "closing": Closing,
}
