"""What the message routes answer with; the message itself is in `rooms/answers.py`."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import Message, Navigation
from parley.web.paging import Listed


class OneMessage(msgspec.Struct, forbid_unknown_fields=True):
    message: Message


class Messages(msgspec.Struct, forbid_unknown_fields=True):
    messages: list[Message]


class Posted(msgspec.Struct, forbid_unknown_fields=True):
    """`ts` is the message's time in milliseconds since 1970; `channel` is the room as given."""

    ts: int
    channel: str
    message: Message


class VisitedPage(msgspec.Struct, forbid_unknown_fields=True):
    msg: str
    navigation: Navigation


class PageNoted(msgspec.Struct, forbid_unknown_fields=True):
    """`page` stands here unless the setting Livechat_history_monitor_type asks for another kind."""

    page: VisitedPage | UnsetType = UNSET


class Pages(Listed):
    pages: list[Message]
