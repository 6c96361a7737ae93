from typing import Annotated

import msgspec

from parley.web.paging import Amount, Paged


class ChatHistory(Paged):
    """Query of visitors.chatHistory; `cursor` comes from the page before."""

    cursor: str | None = None


class ContactHistory(Paged, kw_only=True):
    """Query of contacts.history; `source` is a part of the kind of channel."""

    contactId: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    source: str | None = None


class SearchChats(Paged):
    """Query of visitors.searchChats. `searchText` holds words, beginnings of words (`refun*`) and
    "quoted phrases", all of which stand in one message; `closedChatsOnly` and `servedChatsOnly` are
    `true` or anything else; `source` is a part of the chat's source or its alias.
    """

    searchText: str | None = None
    closedChatsOnly: str | None = None
    servedChatsOnly: str | None = None
    source: str | None = None


class SearchMessages(msgspec.Struct, forbid_unknown_fields=True):
    """Query of messages.search. `text` is as `searchText` of searchChats, and without it all is
    found; `agentId` is who serves, or served, the chat; written from `start` to before `end`, ISO
    dates; `cursor` comes from the page before.
    """

    text: str | None = None
    visitorId: str | None = None
    roomId: str | None = None
    departmentId: str | None = None
    agentId: str | None = None
    tag: str | None = None
    start: str | None = None
    end: str | None = None
    count: Amount = None
    cursor: str | None = None
