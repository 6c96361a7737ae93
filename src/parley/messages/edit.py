"""Editing and deleting, by the visitor or by a person, and who may (contract/core.md §5.5, §5.6).

What the server itself wrote is changed by nobody, nor is what was deleted. A closed room's messages
may still be mended or taken back.
"""

from collections.abc import Mapping
from typing import Any

from parley.accounts.identify import Person
from parley.clock import now, seconds
from parley.db import Tx
from parley.db.documents import Doc
from parley.errors import Coded, Refused
from parley.messages.attachments import check_fields
from parley.messages.change import change, edited_by, remove
from parley.messages.lengths import check_length, check_visitor_length
from parley.messages.schemas import DeleteMessage, UpdateMessage
from parley.messages.store import find_message
from parley.messages.text import set_text
from parley.messages.writer import person_writes, visitor_writes
from parley.rooms.service import own_room
from parley.rooms.speaker import check_word, had_word
from parley.rooms.store import find_room
from parley.rooms.visibility import may_see
from parley.visitors.store import Visitor

Settings = Mapping[str, Any]


async def edit_as_visitor(
    tx: Tx, token: str, room_id: str, message_id: str, msg: str, settings: Settings
) -> tuple[Visitor, Doc]:
    """Raises Refused `invalid-token`, `invalid-room`, `invalid-message`,
    `error-action-not-allowed`, or for the length."""
    visitor, room, message = await _own(tx, token, room_id, message_id)
    minutes = settings["Message_AllowEditing_BlockEditInMinutes"]
    if not settings["Message_AllowEditing"] or _too_late(message, minutes):
        raise Refused("error-action-not-allowed")
    check_visitor_length(msg, settings)
    after = message | edited_by(visitor.ref)
    await set_text(tx, after, msg, visitor_writes(visitor.id, room_id), settings)
    await change(tx, room, message, after, settings)
    return visitor, after


async def delete_as_visitor(
    tx: Tx, token: str, room_id: str, message_id: str, settings: Settings
) -> str:
    """When it was deleted. Raises Refused as above."""
    visitor, room, message = await _own(tx, token, room_id, message_id)
    minutes = settings["Message_AllowDeleting_BlockDeleteInMinutes"]
    if not settings["Message_AllowDeleting"] or _too_late(message, minutes):
        raise Refused("error-action-not-allowed")
    await remove(tx, room, message, visitor.ref, settings)
    return now()


async def _own(tx: Tx, token: str, room_id: str, message_id: str) -> tuple[Visitor, Doc, Doc]:
    """The visitor, their room, locked, and a message in it that they wrote."""
    await tx.lock("rooms", room_id)
    visitor, room = await own_room(tx, token, room_id)
    message = await find_message(tx, message_id)
    if message is None or message["rid"] != room_id or message.get("_hidden"):
        raise Refused("invalid-message")
    if "t" in message or message["u"]["_id"] != visitor.id:
        raise Refused("error-action-not-allowed")
    return visitor, room, message


async def edit_as_person(tx: Tx, person: Person, wanted: UpdateMessage) -> Doc:
    """The message as it is then. Raises Refused, or Coded `error-action-not-allowed`,
    `error-message-editing-blocked`, for what it shall say, or as `check_word`: a bot that writes
    its answer piece by piece, by editing it, is stopped as one that sends it."""
    room, message = await _seen(tx, person, wanted.roomId, wanted.msgId)
    own = message["u"]["_id"] == person.user_id
    if room.get("open") and (own or wanted.speaker is not None):
        await check_word(tx, person, room, wanted.speaker)
    settings = person.settings
    if "t" in message or not (
        (settings["Message_AllowEditing"] and own) or person.may("edit-message")
    ):
        raise Coded("error-action-not-allowed", "Message editing not allowed")
    minutes = settings["Message_AllowEditing_BlockEditInMinutes"]
    if _too_late(message, minutes) and not person.may("bypass-time-limit-edit-and-delete"):
        raise Coded("error-message-editing-blocked", "Message editing is blocked")
    check_length(wanted.text, settings)
    after = message | edited_by(person.ref)
    if wanted.customFields is not None:
        check_fields(wanted.customFields, settings)
        after["customFields"] = wanted.customFields
    writer = person_writes(person)
    await set_text(tx, after, wanted.text, writer, settings, wanted.previewUrls)
    await change(tx, room, message, after, settings)
    return after


async def delete_as_person(tx: Tx, person: Person, wanted: DeleteMessage) -> Doc:
    """What the message was. Raises Refused, or Coded `error-action-not-allowed`.

    `asUser`: in the name of who wrote it, for holders of `force-delete-message`.
    """
    room, message = await _seen(tx, person, wanted.roomId, wanted.msgId)
    own = message["u"]["_id"] == person.user_id
    borrowed = bool(wanted.asUser) and not own
    if "t" in message or not _may_delete(person, message, own=own, borrowed=borrowed):
        raise Coded("error-action-not-allowed", "Not allowed")
    editor = message["u"] if borrowed else person.ref
    await remove(tx, room, message, editor, person.settings)
    return message


def _may_delete(person: Person, message: Doc, *, own: bool, borrowed: bool) -> bool:
    if person.may("force-delete-message"):
        return True
    if borrowed or not person.settings["Message_AllowDeleting"]:
        return False
    minutes = person.settings["Message_AllowDeleting_BlockDeleteInMinutes"]
    if _too_late(message, minutes) and not person.may("bypass-time-limit-edit-and-delete"):
        return False
    return person.may("delete-message") or (own and person.may("delete-own-message"))


async def _seen(tx: Tx, person: Person, room_id: str, message_id: str) -> tuple[Doc, Doc]:
    """The room, locked, and a message in it; what the person may not see is not there."""
    await tx.lock("rooms", room_id)
    message, room = await find_message(tx, message_id), await find_room(tx, room_id)
    if message is None or message.get("_hidden") or not await may_see(tx, person, message["rid"]):
        if room is not None and had_word(person, room):
            await check_word(tx, person, room, None)
        raise Refused(f'No message found with the id of "{message_id}".')
    if room is None or message["rid"] != room_id:
        raise Refused("The room id provided does not match where the message is from.")
    return room, message


def _too_late(message: Doc, minutes: int) -> bool:
    """`minutes` 0: it is never too late."""
    return minutes > 0 and seconds(message["ts"], now()) > minutes * 60
