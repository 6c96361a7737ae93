"""The one way in which a stored message changes or goes, as `service.append` is the one way in.

Whatever is derived from messages follows here, in the same transaction: the room's last and closing
message, its counters, what is kept by Message_KeepHistory, the index of what was said.

`lm`, `v.lastMessageTs` and the metrics tell when something was said, and stay: a deletion does not
undo that.
"""

from collections.abc import Mapping
from typing import Any

from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc
from parley.events import emit
from parley.messages import store
from parley.messages.index import index, unindex
from parley.messages.kinds import KINDS
from parley.messages.threads import root_of, without_reply
from parley.messages.uploads.erase import delete_upload, delete_uploads_of_message
from parley.rooms.store import save_room

Settings = Mapping[str, Any]

DELETED = "rm"
PDF = "pdfTranscriptFileId"
"""A room's transcript, made once it was closed; an upload of the room."""
GONE = ("md", "blocks", "tshow", "customFields", "file", "files")
"""What a deleted message, whose place is kept, has no longer."""


async def change(tx: Tx, room: Doc, before: Doc, after: Doc, settings: Settings) -> None:
    """The message is `after` from now on. The caller holds the room's lock; `room` is saved."""
    if settings["Message_KeepHistory"] and _text(before) != _text(after):
        await store.keep_version(tx, before)
    await store.save_message(tx, after)
    if (before["msg"], before.get("t")) != (after["msg"], after.get("t")):
        await index(tx, after)
    gone = after.get("t") == DELETED != before.get("t")
    await _follow(tx, room, before, None if gone else after, _weight(after) - _weight(before))
    await emit(tx, f"room:{room['_id']}", "message-changed", {"_id": before["_id"]})


async def remove(tx: Tx, room: Doc, before: Doc, editor: Doc, settings: Settings) -> None:
    """Deletes the message, or its content where Message_ShowDeletedStatus keeps its place.

    Its files go in any case: Message_KeepHistory keeps texts.
    """
    await delete_uploads_of_message(tx, before)
    if (root := await root_of(tx, before)) is not None:
        await change(tx, room, root, await without_reply(tx, root, before), settings)
    if settings["Message_ShowDeletedStatus"]:
        await change(tx, room, before, _emptied(before, editor), settings)
        return
    if settings["Message_KeepHistory"]:
        await store.keep_version(tx, before)
    await unindex(tx, before["_id"])
    await store.delete_message(tx, before)
    await _follow(tx, room, before, None, -_weight(before))
    await emit(tx, f"room:{room['_id']}", "message-deleted", {"_id": before["_id"]})


def _emptied(message: Doc, editor: Doc) -> Doc:
    rest = {key: value for key, value in message.items() if key not in GONE}
    empty: Doc = {"urls": [], "mentions": [], "channels": [], "attachments": [], "reactions": {}}
    return rest | {"t": DELETED, "msg": "", **empty, **edited_by(editor)}


def edited_by(editor: Doc) -> Doc:
    return {
        "editedAt": now(),
        "editedBy": {"_id": editor["_id"], "username": editor["username"]},
    }


async def _follow(tx: Tx, room: Doc, before: Doc, after: Doc | None, counted: int) -> None:
    """The room follows; `after` None: there is nothing more to show of the message."""
    room["msgs"] += counted
    stale = PDF in room and (after is None or _text(before) != _text(after))
    if stale:
        # It says what nobody should read any more; who needs one asks for a new one.
        await delete_upload(tx, room["_id"], room.pop(PDF))
    shown = [
        key
        for key in ("lastMessage", "closingMessage")
        if (room.get(key) or {}).get("_id") == before["_id"]
    ]
    for key in shown:
        room.pop(key)
        if after is not None:
            room[key] = after
        elif key == "lastMessage" and (said := await store.last_said(tx, room["_id"])):
            room[key] = said
    if shown or counted or stale:
        await save_room(tx, room)


def _weight(message: Doc) -> int:
    return KINDS[message.get("t")].weight


def _text(message: Doc) -> tuple[Any, ...]:
    return message["msg"], message.get("attachments"), message.get("customFields")
