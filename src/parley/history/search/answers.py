"""What the searches answer with."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.history.answers import NextPage
from parley.rooms.answers import ClosedBy, Message, ServedBy, VisitorOfRoom
from parley.web.paging import Listed


class Part(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    match: bool


class Snippet(msgspec.Struct, forbid_unknown_fields=True):
    """An excerpt of a message, in plain text: one after the other, its parts are the excerpt, and
    those with `match` are what was looked for.
    """

    id: str = msgspec.field(name="_id")
    ts: str
    parts: list[Part]


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """`by`: whether `words` were found or, as there were none, `parts` of words, which are looked
    for in the newest 10,000 messages. `complete` is false where some messages were not looked at:
    older ones than those or, for a while after an upgrade, what is not indexed yet.
    """

    by: Literal["words", "parts"]
    complete: bool


class FoundChat(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A chat; with a `searchText`, `snippet` is of its newest message that matches."""

    id: str = msgspec.field(name="_id")
    fname: str
    ts: str
    v: VisitorOfRoom
    msgs: int
    servedBy: ServedBy | UnsetType = UNSET
    closedAt: str | UnsetType = UNSET
    closedBy: ClosedBy | UnsetType = UNSET
    closer: Literal["user", "visitor"] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    closingMessage: Message | UnsetType = UNSET
    snippet: Snippet | UnsetType = UNSET


class FoundChats(Listed, kw_only=True):
    history: list[FoundChat]
    search: Search | UnsetType = UNSET


class RoomOfMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    fname: str
    ts: str
    visitorId: str
    departmentId: str | UnsetType = UNSET
    servedBy: ServedBy | UnsetType = UNSET
    closedAt: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET


class FoundMessage(msgspec.Struct, forbid_unknown_fields=True):
    message: Message
    room: RoomOfMessage
    snippet: Snippet | UnsetType = UNSET


class FoundMessages(msgspec.Struct, forbid_unknown_fields=True):
    """While there is a `cursor` there may be more, also behind a page that was not filled: a page
    looks at so many messages and no more.
    """

    messages: list[FoundMessage]
    count: int
    search: Search
    cursor: NextPage | UnsetType = UNSET
