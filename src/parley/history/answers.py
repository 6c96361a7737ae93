"""What visitors.chatHistory answers with."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import ClosedBy, Message, Room, ServedBy, Source, VisitorOfRoom
from parley.web.paging import Listed


class NextPage(msgspec.Struct, forbid_unknown_fields=True):
    """`next` goes into the query's `cursor`; there is none on the last page."""

    next: str


class History(Listed, kw_only=True):
    history: list[Room]
    cursor: NextPage | UnsetType = UNSET


class RoomOfContact(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What of a closed room the contact's history shows."""

    id: str = msgspec.field(name="_id")
    fname: str
    ts: str
    v: VisitorOfRoom
    msgs: int
    source: Source
    verified: bool
    closedAt: str
    closer: Literal["user", "visitor"]
    closedBy: ClosedBy
    servedBy: ServedBy | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    lastMessage: Message | UnsetType = UNSET


class HistoryOfContact(Listed):
    history: list[RoomOfContact]
