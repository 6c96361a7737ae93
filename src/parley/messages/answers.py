"""What the message routes answer with; the message itself is in `rooms/answers.py`."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import Author, Message, TransferData
from parley.rooms.message_parts import Navigation
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


class FileUpload(msgspec.Struct, forbid_unknown_fields=True):
    publicFilePath: str
    type: str
    size: int


class MessageWithFile(Message, kw_only=True, forbid_unknown_fields=True):
    """A message; `fileUpload` stands here if it has a file."""

    fileUpload: FileUpload | UnsetType = UNSET


class OneOwnMessage(msgspec.Struct, forbid_unknown_fields=True):
    message: MessageWithFile


class DeletedOwn(msgspec.Struct, forbid_unknown_fields=True):
    """`ts` is when it was deleted."""

    id: str = msgspec.field(name="_id")
    ts: str


class OneDeletedOwn(msgspec.Struct, forbid_unknown_fields=True):
    message: DeletedOwn


class WhatWasDeleted(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    rid: str
    u: Author


class DeletedMessage(msgspec.Struct, forbid_unknown_fields=True):
    """`ts` is when, in milliseconds since 1970."""

    id: str = msgspec.field(name="_id")
    ts: str
    message: WhatWasDeleted


class Conversation(Listed):
    """`count` is how many were asked for, not how many there are."""

    messages: list[Message]


class Gone(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    deletedAt: str = msgspec.field(name="_deletedAt")


class Ends(msgspec.Struct, forbid_unknown_fields=True):
    """Milliseconds since 1970; null where nothing is known to follow."""

    next: str | None
    previous: str | None


class Changed(msgspec.Struct, forbid_unknown_fields=True):
    """Oldest change first, or newest first before `previous`. Beside `lastUpdate` there is a
    `cursor` only where there may be more: go on from its `next`."""

    updated: list[Message]
    deleted: list[Gone]
    cursor: Ends | UnsetType = UNSET


class Synced(msgspec.Struct, forbid_unknown_fields=True):
    result: Changed


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """`message` is the EJSON text of the method's result frame."""

    message: str


class VisitedPage(msgspec.Struct, forbid_unknown_fields=True):
    msg: str
    navigation: Navigation


class PageNoted(msgspec.Struct, forbid_unknown_fields=True):
    """`page` stands here unless the setting Livechat_history_monitor_type asks for another kind."""

    page: VisitedPage | UnsetType = UNSET


class Pages(Listed):
    pages: list[Message]


class ListedMessages(Listed, kw_only=True):
    messages: list[Message]


class Transfers(Listed, kw_only=True):
    history: list[TransferData]


class EmojiChanges(msgspec.Struct, forbid_unknown_fields=True):
    update: list[dict[str, Any]]
    remove: list[dict[str, Any]]


class CustomEmoji(msgspec.Struct, forbid_unknown_fields=True):
    emojis: EmojiChanges


class Commands(Listed):
    commands: list[dict[str, Any]]
