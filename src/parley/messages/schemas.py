"""Queries and bodies of the message routes."""

from typing import Annotated, Any

import msgspec

from parley.web.paging import Amount

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


class AgentMessage(msgspec.Struct):
    """`message` of chat.sendMessage; other keys are ignored."""

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
