"""What the message routes answer with; the message itself is in `rooms/answers.py`."""

import msgspec

from parley.rooms.answers import Message, TransferData
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


class ListedMessages(Listed, kw_only=True):
    messages: list[Message]


class Transfers(Listed, kw_only=True):
    history: list[TransferData]
