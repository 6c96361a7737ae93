"""What the streams of events tell."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parley.accounts.answers import User
from parley.agents.answers import AgentShown
from parley.rooms.answers import Message, Room, Subscription


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The data of an `event`: what changed, numbered within its stream, and beside it the documents
    as they are now, as the REST API shows them to the caller; null is what is gone or hidden.

    `snapshot` comes first, instead of what was missed and whenever the caller may see more or less
    than before: to a person `user` and the lists `rooms` (open), `inquiries` (waiting) and
    `subscriptions`, to a visitor `room`, `agent` and the newest `messages`; `complete` is false
    where there are more. `view` follows what was missed: the ids of a person's open rooms, waiting
    inquiries and subscriptions; others are gone. `signal` is an event that is not kept (`typing`),
    with the number 0. `closing` says why the server ends the answer, by `reason`.
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
