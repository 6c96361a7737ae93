"""What clients ask for to help whoever writes: an office's own emoji, and commands.

The mobile app asks after each login (contract/clients.md f). There are none of either here: any
name counts as an emoji, and a text that begins with `/` is a text.
"""

from typing import Any

from parley.accounts.people import moment_of
from parley.db import Database
from parley.messages.answers import Commands, CustomEmoji
from parley.messages.schemas import ListEmoji
from parley.web.paging import Paged, page_of
from parley.web.route import LOGIN, Call, Dialect, Route


async def emoji_list(db: Database, call: Call) -> dict[str, Any]:
    """Emoji of one's own making: there are none."""
    if since := call.query.updatedSince:
        moment_of(since, "updatedSince", "error-roomId-param-invalid")
    return {"emojis": {"update": [], "remove": []}}


async def command_list(db: Database, call: Call) -> dict[str, Any]:
    """Commands that begin with `/`: there are none."""
    page = page_of(call.query, call.caller.settings)
    return {"commands": [], "offset": page.offset, "count": 0, "total": 0}


ROUTES = [
    Route(
        "GET",
        "/api/v1/emoji-custom.list",
        emoji_list,
        Dialect.L,
        LOGIN,
        query=ListEmoji,
        answer=CustomEmoji,
    ),
    Route(
        "GET",
        "/api/v1/commands.list",
        command_list,
        Dialect.L,
        LOGIN,
        query=Paged,
        answer=Commands,
    ),
]
