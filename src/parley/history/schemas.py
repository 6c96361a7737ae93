from parley.web.paging import Paged


class ChatHistory(Paged):
    """Query of visitors.chatHistory; `cursor` comes from the page before."""

    cursor: str | None = None
