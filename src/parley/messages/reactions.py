"""Reactions: an emoji under a message, and who chose it (contract/core.md §8)."""

import re
from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Coded
from parley.messages.change import DELETED, change
from parley.messages.store import find_message
from parley.rooms.store import find_room
from parley.rooms.visibility import may_see

_NAME = re.compile(r"[\w+-]{1,64}")
MOST = 100
"""Different emoji under one message."""


async def react(tx: Tx, person: Person, message_id: str, emoji: str, wanted: bool | None) -> None:
    """`wanted` None turns the reaction over. Raises Coded `error-message-not-found` or
    `error-not-allowed`."""
    name = emoji.replace(":", "")
    if not _NAME.fullmatch(name):
        raise Coded("error-not-allowed", "Invalid emoji provided.")
    room, message = await _seen(tx, person, message_id)
    after = message | {"reactions": _copied(message.get("reactions") or {})}
    _turn(after["reactions"], f":{name}:", person, wanted, person.settings)
    if after["reactions"] == (message.get("reactions") or {}):
        return
    if not after["reactions"]:
        del after["reactions"]
    await change(tx, room, message, after, person.settings)


async def _seen(tx: Tx, person: Person, message_id: str) -> tuple[Doc, Doc]:
    """The message's room, locked, and the message as it is then."""
    before = await find_message(tx, message_id)
    if before is not None:
        await tx.lock("rooms", before["rid"])
        message = await find_message(tx, message_id)
        room = await find_room(tx, before["rid"])
        if (
            message is not None
            and room is not None
            and not message.get("_hidden")
            and message.get("t") != DELETED
            and await may_see(tx, person, room["_id"])
        ):
            return room, message
    raise Coded(
        "error-message-not-found",
        'The provided "messageId" does not match any existing message.',
    )


def _turn(
    reactions: dict[str, Doc],
    key: str,
    person: Person,
    wanted: bool | None,
    settings: Mapping[str, Any],
) -> None:
    chosen = reactions.get(key, {"usernames": []})
    there = person.username in chosen["usernames"]
    if wanted is None:
        wanted = not there
    if wanted and not there:
        if key not in reactions and len(reactions) >= MOST:
            raise Coded("error-not-allowed", "Not allowed")
        chosen["usernames"].append(person.username)
        if settings["UI_Use_Real_Name"] or "names" in chosen:
            # As long as the other list, or nobody could tell whose name is whose.
            known = chosen.get("names") or chosen["usernames"][:-1]
            chosen["names"] = [*known, person.name or person.username]
        reactions[key] = chosen
    elif there and not wanted:
        place = chosen["usernames"].index(person.username)
        for names in chosen.values():
            del names[place]
        if not chosen["usernames"]:
            del reactions[key]


def _copied(reactions: dict[str, Doc]) -> dict[str, Doc]:
    return {
        key: {names: list(chosen[names]) for names in chosen} for key, chosen in reactions.items()
    }
