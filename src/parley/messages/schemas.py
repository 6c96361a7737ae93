"""Queries and bodies of the message routes."""

from typing import Annotated, Any, Literal

import msgspec

from parley.rooms.schemas import SpeakerNumber
from parley.web.paging import Amount, Paged

Id = Annotated[str, msgspec.Meta(max_length=64)]


class AskedAgent(msgspec.Struct, forbid_unknown_fields=True):
    agentId: str
    username: str


class VisitorMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/message; `agent` names a wish that an existing room has settled."""

    token: str
    rid: str
    msg: str
    id: Id | None = msgspec.field(name="_id", default=None)
    agent: AskedAgent | None = None


class PageLocation(msgspec.Struct):
    href: str


class Page(msgspec.Struct):
    """Open: a browser's whole `location` is more. `change` says what changed: `url` or `title`."""

    title: str
    change: str
    location: PageLocation


class PageVisited(msgspec.Struct, forbid_unknown_fields=True):
    """`token` need not be a visitor's yet."""

    token: str
    pageInfo: Page
    rid: str | None = None


class RoomHistory(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/messages.history/:rid."""

    token: str
    searchText: str | None = None
    limit: Amount = None
    offset: Amount = None
    count: Amount = None
    sort: str | None = None
    end: str | None = None
    ls: str | None = None


class OwnMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/message/:_id, body of its DELETE."""

    token: str
    rid: str


class EditOwnMessage(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str
    msg: str


class RoomMessages(Paged):
    """Query of GET livechat/:rid/messages. `sort` knows `ts`; `searchTerm` may stand anywhere in a
    text, in capitals or not."""

    searchTerm: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class AgentMessage(msgspec.Struct):
    """`message` of chat.sendMessage; other keys are ignored. With `speaker` (ours) it is refused
    unless that is the number of who has the word."""

    rid: str | None = None
    msg: str | None = None
    id: Id | None = msgspec.field(name="_id", default=None)
    t: str | None = None
    tmid: Id | None = None
    tshow: bool | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: str | None = None
    attachments: list[dict[str, Any]] | None = None
    customFields: dict[str, Any] | None = None
    speaker: SpeakerNumber = None


class SendMessage(msgspec.Struct, forbid_unknown_fields=True):
    message: AgentMessage
    previewUrls: list[str] | None = None


class PostMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Body of chat.postMessage: `roomId`, or `channel` holding a room's id."""

    roomId: str | None = None
    channel: str | None = None
    text: str | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: str | None = None
    attachments: list[dict[str, Any]] | None = None
    tmid: Id | None = None
    customFields: dict[str, Any] | None = None
    parseUrls: bool | None = None
    speaker: SpeakerNumber = None


class UpdateMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Body of chat.update; of `previewUrls` alone a preview is wanted."""

    roomId: str
    msgId: str
    text: str
    previewUrls: list[str] | None = None
    customFields: dict[str, Any] | None = None
    speaker: SpeakerNumber = None


class DeleteMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Body of chat.delete: `roomId` and `msgId`, or the `fileId` of a file in the message."""

    roomId: str = ""
    msgId: str = ""
    fileId: Id = ""
    asUser: bool | None = None


class WhichMessage(msgspec.Struct):
    """Query of chat.getMessage; other keys are ignored."""

    msgId: str | None = None


class React(msgspec.Struct, forbid_unknown_fields=True):
    """Body of chat.react: the emoji's name, with colons or without, as `emoji` or `reaction`."""

    messageId: str | None = None
    emoji: str | None = None
    reaction: str | None = None
    shouldReact: bool | None = None


Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=253402300799999)] | None


class SyncMessages(Paged):
    """Query of chat.syncMessages: what changed since `lastUpdate`, or one `type` of changes after
    `next` or before `previous`, in milliseconds since 1970. `offset` and `sort` change nothing."""

    roomId: str | None = None
    lastUpdate: str | None = None
    next: Milliseconds = None
    previous: Milliseconds = None
    type: Literal["UPDATED", "DELETED"] | None = None


class MethodCall(msgspec.Struct, forbid_unknown_fields=True):
    """`message` is the EJSON text of a method frame."""

    message: str


class MethodsMessage(msgspec.Struct):
    """Parameter of updateMessage and deleteMessage; other keys are ignored."""

    id: Id = msgspec.field(name="_id")
    rid: str | None = None
    msg: str = ""
    customFields: dict[str, Any] | None = None
    speaker: SpeakerNumber = None


class MethodsVisitorMessage(msgspec.Struct):
    """Parameter of sendMessageLivechat; other keys are ignored."""

    token: str
    rid: str
    msg: str
    id: Id | None = msgspec.field(name="_id", default=None)


class ChannelMessages(Paged, kw_only=True):
    """Query of channels.messages. Nothing is starred or pinned yet: those filters are refused."""

    roomId: str
    query: str | None = None
    fields: str | None = None


class ChannelHistory(msgspec.Struct):
    """Query of channels.history: `latest` and `oldest` are dates; other keys are ignored."""

    roomId: str | None = None
    roomName: str | None = None
    latest: str | None = None
    oldest: str | None = None
    inclusive: str | None = None
    showThreadMessages: str | None = None
    count: Amount = None
    offset: Amount = None


class TransferHistory(Paged):
    """Query of livechat/transfer.history."""


class ListEmoji(msgspec.Struct, forbid_unknown_fields=True):
    """`updatedSince` is a date."""

    updatedSince: str | None = None
