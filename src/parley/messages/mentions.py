"""Whom a message names: `mentions` (contract/core.md §8)."""

from typing import Any

from parley.accounts.store import find_by_usernames
from parley.db import Reader
from parley.db.documents import Doc
from parley.messages.markup.nodes import walk

MOST = 100
EVERYBODY = ("all", "here")


async def mentions(q: Reader, md: list[dict[str, Any]]) -> list[Doc]:
    """Each once, in reading order; nobody for a name that nobody has."""
    named = (node["value"]["value"] for node in walk(md) if node["type"] == "MENTION_USER")
    keys = list(dict.fromkeys(name.casefold() for name in named))[:MOST]
    asked = [key for key in keys if key not in EVERYBODY]
    users = await find_by_usernames(q, asked) if asked else {}
    found: list[Doc] = []
    for key in keys:
        if key in EVERYBODY:
            found.append({"_id": key, "username": key})
        elif (user := users.get(key)) is not None:
            name = {"name": user["name"]} if user.get("name") else {}
            found.append({"_id": user["_id"], "username": user["username"], **name, "type": "user"})
    return found
