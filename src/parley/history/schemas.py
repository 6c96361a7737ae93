from typing import Annotated

import msgspec

from parley.web.paging import Paged


class ChatHistory(Paged):
    """Query of visitors.chatHistory; `cursor` comes from the page before."""

    cursor: str | None = None


class ContactHistory(Paged, kw_only=True):
    """Query of contacts.history; `source` is a part of the kind of channel."""

    contactId: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    source: str | None = None
