"""What hangs on a message: links, names, emoji and files (contract/core.md §8)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

NoRooms = Annotated[
    list[Any], msgspec.Meta(max_length=0, description="Always empty: there are no channels.")
]


SystemKind = Literal[
    "livechat-started",
    "livechat-close",
    "livechat_transfer_history",
    "livechat_transfer_history_fallback",
    "livechat_navigation_history",
    "livechat_transcript_history",
    "command",
    "uj",
    "ul",
    "omnichannel_priority_change_history",
    "omnichannel_sla_change_history",
    "omnichannel_placed_chat_on_hold",
    "omnichannel_on_hold_chat_resumed",
    "rm",
]


class Mention(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who is named in a message; `all` and `here` are no users and have no `type`."""

    id: str = msgspec.field(name="_id")
    username: str
    name: str | UnsetType = UNSET
    type: Literal["user"] | UnsetType = UNSET


class LinkedUrl(msgspec.Struct, forbid_unknown_fields=True):
    """`ignoreParse`: whoever wrote the message asked for no preview of it."""

    url: str
    meta: dict[str, Any]
    ignore_parse: bool | UnsetType = msgspec.field(name="ignoreParse", default=UNSET)


class Reaction(msgspec.Struct, forbid_unknown_fields=True):
    """Who reacted with this emoji; `names` beside `usernames` if the office shows real names."""

    usernames: list[str]
    names: list[str] | UnsetType = UNSET


class AttachedFile(msgspec.Struct, forbid_unknown_fields=True):
    """A file of the message; its place is the attachment's `title_link`."""

    id: str = msgspec.field(name="_id")
    name: str
    type: str
    size: int
    format: str | UnsetType = UNSET


class MailOfMessage(msgspec.Struct, forbid_unknown_fields=True):
    """The mail that a message came as: the first of its thread, and its own Message-ID."""

    thread: str
    messageId: str


class Point(msgspec.Struct, forbid_unknown_fields=True):
    """GeoJSON: longitude, then latitude."""

    type: Literal["Point"]
    coordinates: list[float]


class PageLocation(msgspec.Struct, forbid_unknown_fields=True):
    href: str


class PageInfo(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    change: str
    location: PageLocation


class Navigation(msgspec.Struct, forbid_unknown_fields=True):
    """The page that a visitor looked at."""

    page: PageInfo
    token: str


class DefinedBy(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class PriorityNamed(msgspec.Struct, forbid_unknown_fields=True):
    """`name` where the priority was renamed; else `i18n` is the key of its usual name."""

    i18n: str
    name: str | UnsetType = UNSET


class PriorityData(msgspec.Struct, forbid_unknown_fields=True):
    """Who gave the conversation which priority; without one it was taken off."""

    definedBy: DefinedBy
    priority: PriorityNamed | UnsetType = UNSET


class SlaNamed(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class SlaData(msgspec.Struct, forbid_unknown_fields=True):
    """Who put the conversation under which SLA; without one it was taken off."""

    definedBy: DefinedBy
    sla: SlaNamed | UnsetType = UNSET
