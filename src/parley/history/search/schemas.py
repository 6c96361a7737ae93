import msgspec

from parley.web.paging import Amount, Paged


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
