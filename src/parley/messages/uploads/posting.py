"""A file that has arrived gets its message, or waits for one (contract/core.md §5.5, §8)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from parley.accounts.identify import Person
from parley.clock import later, now
from parley.db import Reader, Tx
from parley.db.documents import Doc, decode
from parley.errors import Coded, Forbidden, Refused
from parley.messages.markup import options, parse
from parley.messages.schemas import AgentMessage
from parley.messages.service import post_as_agent, post_as_visitor
from parley.messages.uploads.media_type import served_as
from parley.messages.uploads.names import clean_name, link_to
from parley.messages.uploads.schemas import ConfirmMedia
from parley.messages.uploads.store import WHOLE, find_upload, save_upload
from parley.rooms.service import own_room
from parley.rooms.speaker import check_word, had_word
from parley.rooms.store import find_with_access
from parley.visitors.store import Visitor

Settings = Mapping[str, Any]

KEEP_HOURS = 24
"""So long a person's file waits to be confirmed."""


async def own_room_for_file(q: Reader, token: str, room_id: str) -> Visitor:
    """The visitor, whose open room this is. Raises Forbidden."""
    with _forbidding():
        visitor, room = await own_room(q, token, room_id)
    if not room.get("open"):
        raise Forbidden
    return visitor


@contextmanager
def _forbidding() -> Iterator[None]:
    """The upload route says 403 where the others name what is wrong."""
    try:
        yield
    except Refused as refused:
        if str(refused) in ("invalid-token", "invalid-room", "room-closed"):
            raise Forbidden from None
        raise


async def post_visitors_file(
    tx: Tx, token: str, upload: Doc, fields: Mapping[str, str], settings: Settings
) -> tuple[Visitor, Doc]:
    """The visitor and the stored message. Raises Forbidden, Coded or Refused."""
    description = _description(fields.get("description"), settings)
    await tx.lock("rooms", upload["rid"])
    await _keep(tx, upload)
    with _forbidding():
        return await post_as_visitor(
            tx,
            token,
            upload["rid"],
            fields.get("msg", ""),
            None,
            settings,
            _shape(upload, description),
        )


async def keep_files(tx: Tx, room_id: str, uploads: list[Doc]) -> Doc:
    """What the message with these files says of them; the caller has locked its room.

    Raises Refused when one is gone.
    """
    said: Doc = {"files": [], "attachments": []}
    for upload in uploads:
        for file in (upload, upload.get("thumbnail") or {}):
            file["rid"] = room_id
        await _keep(tx, upload)
        shape = _shape(upload, {})
        said.setdefault("file", shape["file"])
        for key in ("files", "attachments"):
            said[key] += shape[key]
    return said if uploads else {}


async def room_for_file(q: Reader, person: Person, room_id: str) -> None:
    """Asked before the file is here, and again when it is.

    Raises Forbidden, Refused `room-closed`, or Coded as `check_word`.
    """
    found = await find_with_access(q, person, room_id)
    if found is None:
        raise Forbidden
    room = decode(found[0])
    if not (found[1] or had_word(person, room)):
        raise Forbidden
    if not room.get("open"):
        raise Refused("room-closed")
    await check_word(q, person, room, None)


async def keep_for_confirmation(tx: Tx, upload: Doc) -> None:
    """Raises Refused when its room was deleted meanwhile."""
    await _keep(tx, upload, later(now(), hours=KEEP_HOURS))


async def post_persons_file(tx: Tx, person: Person, upload: Doc, wanted: ConfirmMedia) -> Doc:
    """The stored message, with a file that has just arrived."""
    description = _description(wanted.description, person.settings)
    await tx.lock("rooms", upload["rid"])
    await _keep(tx, upload)
    return await _post(tx, person, upload, wanted, description)


async def confirm_file(
    tx: Tx, person: Person, room_id: str, upload_id: str, wanted: ConfirmMedia
) -> Doc:
    """The stored message. Only who sent the file, to this room, confirms it, and once.

    Raises Forbidden, Refused or Coded.
    """
    description = _description(wanted.description, person.settings)
    await tx.lock("rooms", room_id)
    await room_for_file(tx, person, room_id)
    upload, expires_at = await find_upload(tx, upload_id) or ({}, None)
    mine = expires_at is not None and expires_at > now()
    if not mine or upload["rid"] != room_id or upload["u"]["_id"] != person.user_id:
        raise Coded("invalid-file")
    if wanted.fileName:
        upload["name"] = clean_name(wanted.fileName)
        if "thumbnail" in upload:
            upload["thumbnail"]["name"] = f"thumb-{upload['name']}"
    await _keep(tx, upload)
    return await _post(tx, person, upload, wanted, description)


async def _post(tx: Tx, person: Person, upload: Doc, wanted: ConfirmMedia, description: Doc) -> Doc:
    sent = AgentMessage(
        rid=upload["rid"],
        msg=wanted.msg,
        tmid=wanted.tmid,
        alias=wanted.alias,
        emoji=wanted.emoji,
        avatar=wanted.avatar,
        customFields=_custom_fields(wanted.customFields),
        speaker=wanted.speaker,
    )
    more = _shape(upload, description)
    if wanted.groupable is not None:
        more["groupable"] = wanted.groupable
    return await post_as_agent(tx, person, sent, more)


def _custom_fields(text: str | None) -> Doc | None:
    """They come as JSON in a text, as a form has nothing else."""
    if not text:
        return None
    try:
        return decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Coded("invalid-params", "customFields must be a JSON object") from None


async def _keep(tx: Tx, upload: Doc, expires_at: str | None = None) -> None:
    made = [upload["thumbnail"]] if "thumbnail" in upload else []
    for file in (*made, upload):
        file |= {"state": WHOLE, "_updatedAt": now()}
        if not await save_upload(tx, file, expires_at):
            raise Refused("Invalid file")


def _description(text: str | None, settings: Settings) -> Doc:
    """The attachment's part of it, with its tree; nothing for none."""
    if text and len(text) > settings["Message_MaxAllowedSize"]:
        code = "error-message-size-exceeded"
        raise Coded(code, "Message size exceeds Message_MaxAllowedSize")
    if not text:
        return {}
    return {"description": text, "descriptionMd": parse(text, options(settings))}


def _shape(upload: Doc, description: Doc) -> Doc:
    """`file`, `files` and `attachments` of the message."""
    family, _, format_ = upload["type"].partition("/")
    shown = family if served_as(upload["type"])[1] else ""
    file = _file(upload)
    if shown == "image":
        file["format"] = format_
    link = link_to(upload["_id"], upload["name"])
    attachment: Doc = {"title": upload["name"], "type": "file", **description}
    attachment |= {"title_link": link, "title_link_download": True}
    if shown:
        attachment |= {
            f"{shown}_url": link,
            f"{shown}_type": upload["type"],
            f"{shown}_size": upload["size"],
        }
    files = [file]
    seen = upload
    if "thumbnail" in upload:
        # What is seen in the conversation; the whole picture is behind `title_link`.
        seen = upload["thumbnail"]
        attachment["image_url"] = link_to(seen["_id"], seen["name"])
        attachment["image_type"] = seen["type"]
        files.append(_file(seen))
    if "width" in seen:
        attachment["image_dimensions"] = {"width": seen["width"], "height": seen["height"]}
    if "preview" in upload:
        attachment["image_preview"] = upload["preview"]
    return {"file": file, "files": files, "attachments": [attachment]}


def _file(upload: Doc) -> Doc:
    return {key: upload[key] for key in ("_id", "name", "type", "size")}
