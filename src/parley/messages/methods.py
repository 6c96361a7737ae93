"""Meteor's methods as REST calls (contract/management.md §17): those about messages and rooms, and
one that takes a unit away, which clients of older servers have no REST call for."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from parley.accounts.identify import Person
from parley.audit.actor import Actor
from parley.db import Database, Reader
from parley.db.documents import Doc, decode, find
from parley.departments.units.service import remove_unit
from parley.errors import Coded, Failed, ParleyError, Refused
from parley.messages.edit import delete_as_person, edit_as_person
from parley.messages.ejson import message_with_dates
from parley.messages.reactions import react
from parley.messages.reading import message_for
from parley.messages.schemas import (
    AgentMessage,
    DeleteMessage,
    MethodsMessage,
    MethodsVisitorMessage,
    UpdateMessage,
)
from parley.messages.service import post_as_agent, post_as_visitor
from parley.messages.store import find_message
from parley.rooms.visibility import may_see

T = TypeVar("T")

NOTHING = object()
"""The result of a method that has none: then the frame has no such key."""

Method = Callable[[Database, Person, list[Any]], Awaitable[Any]]


class MatchFailed(ParleyError):
    """Parameters of a wrong shape."""


class NoSuchMethod(ParleyError):
    """We have none of this name."""


class Called(NamedTuple):
    name: str
    id: str
    params: list[Any]


async def run(db: Database, person: Person, call: Called) -> Any:
    """The result, or NOTHING. Raises ParleyError; NoSuchMethod too."""
    if call.name not in METHODS:
        raise NoSuchMethod(f"Method '{call.name}' not found")
    method, needs_person = METHODS[call.name]
    if needs_person and person.user_id is None:
        raise Coded("error-invalid-user", "Invalid user")
    return await method(db, person, call.params)


async def _send_message(db: Database, person: Person, params: list[Any]) -> Any:
    sent = _read(params, 0, AgentMessage)
    if sent.t is not None:
        raise Refused("Cannot send system messages using 'sendMessage'")
    previews = _read(params, 1, list[str] | None)
    return message_with_dates(await db.act(post_as_agent, person, sent, None, previews))


async def _send_as_visitor(db: Database, person: Person, params: list[Any]) -> Any:
    sent = _read(params, 0, MethodsVisitorMessage)
    visitor, message = await db.act(
        post_as_visitor, sent.token, sent.rid, sent.msg, sent.id, person.settings
    )
    return message_with_dates(decode(bytes(visitor.own(message)).decode()))


async def _update_message(db: Database, person: Person, params: list[Any]) -> Any:
    sent = _read(params, 0, MethodsMessage)
    wanted = UpdateMessage(
        roomId=await _room_of(db, sent),
        msgId=sent.id,
        text=sent.msg,
        previewUrls=_read(params, 1, list[str] | None),
        customFields=sent.customFields,
        speaker=sent.speaker,
    )
    await db.act(edit_as_person, person, wanted)
    return NOTHING


async def _delete_message(db: Database, person: Person, params: list[Any]) -> Any:
    sent = _read(params, 0, MethodsMessage)
    wanted = DeleteMessage(roomId=await _room_of(db, sent), msgId=sent.id)
    await db.act(delete_as_person, person, wanted)
    return NOTHING


async def _room_of(db: Database, sent: MethodsMessage) -> str:
    """The message's room, which a caller need not tell; none for a message that is not there."""
    message = await db.read(find_message, sent.id)
    return message["rid"] if message else ""


async def _set_reaction(db: Database, person: Person, params: list[Any]) -> Any:
    emoji, key = _read(params, 0, str), _read(params, 1, str)
    await db.act(react, person, key, emoji, _read(params, 2, bool | None))
    return NOTHING


async def _single_message(db: Database, person: Person, params: list[Any]) -> Any:
    try:
        return message_with_dates(await db.read(message_for, person, _read(params, 0, str)))
    except Failed:
        return NOTHING


async def _room_id(db: Database, person: Person, params: list[Any]) -> Any:
    """Bots ask for it before they write. Chats have no name that is theirs alone."""
    return (await db.read(_room_seen, person, _read(params, 0, str)))["_id"]


async def _room_name(db: Database, person: Person, params: list[Any]) -> Any:
    return (await db.read(_room_seen, person, _read(params, 0, str)))["fname"]


async def _room_seen(q: Reader, person: Person, room_id: str) -> Doc:
    """Raises Coded `error-not-allowed`, also for none."""
    room = await find(q, "rooms", room_id) if await may_see(q, person, room_id) else None
    if room is None:
        raise Coded("error-not-allowed", "Not allowed")
    return room


async def _remove_unit(db: Database, person: Person, params: list[Any]) -> Any:
    """How many went."""
    if not person.may("manage-livechat-units"):
        raise Coded("error-not-allowed", "Not allowed")
    actor = Actor("user", person.user_id or "", person.username)
    await db.act(remove_unit, actor, _read(params, 0, str))
    return 1


def _read(params: list[Any], place: int, kind: Any) -> Any:
    """Raises MatchFailed."""
    value = params[place] if place < len(params) else None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise MatchFailed("Match failed") from None


METHODS: dict[str, tuple[Method, bool]] = {
    "sendMessage": (_send_message, True),
    "updateMessage": (_update_message, True),
    "deleteMessage": (_delete_message, True),
    "setReaction": (_set_reaction, True),
    "getSingleMessage": (_single_message, True),
    "getRoomIdByNameOrId": (_room_id, True),
    "getRoomNameById": (_room_name, True),
    "livechat:removeUnit": (_remove_unit, True),
    "sendMessageLivechat": (_send_as_visitor, False),
}
"""By name; the second says whether it is for persons only."""
