from typing import Any

import msgspec

from parley.db import Database
from parley.errors import Coded, Forbidden, Reasoned, Refused
from parley.messages.answers import OneMessage
from parley.messages.uploads.answers import Uploaded
from parley.messages.uploads.erase import drop_arriving
from parley.messages.uploads.names import link_to
from parley.messages.uploads.pieces import allowance_of
from parley.messages.uploads.posting import (
    confirm_file,
    keep_for_confirmation,
    own_room_for_file,
    post_persons_file,
    post_visitors_file,
    room_for_file,
)
from parley.messages.uploads.receive import Received, Wanted, receive_file
from parley.messages.uploads.schemas import (
    ConfirmMedia,
    Media,
    MediaWithMessage,
    VisitorsFile,
)
from parley.rooms.answers import Message
from parley.web.route import LOGIN, Call, Dialect, Route

_VISITORS_FIELDS = frozenset(VisitorsFile.__struct_fields__) - {"file"}
_CONFIRM_FIELDS = frozenset(ConfirmMedia.__struct_fields__)


async def visitor_upload(db: Database, call: Call) -> dict[str, Any]:
    """Sends a file as the visitor, whose token is in the header `x-visitor-token`."""
    settings, token = call.caller.settings, _token(call.headers.get(b"x-visitor-token", b""))
    if not (settings["FileUpload_Enabled"] and settings["Livechat_fileupload_enabled"]):
        raise Reasoned("error-file-upload-disabled")
    if not token:
        raise Forbidden
    visitor = await db.read(own_room_for_file, token, call.path["rid"])
    refused = Reasoned("error-type-not-allowed")
    allowance = allowance_of(visitor.doc, settings)
    wanted = Wanted(call.path["rid"], visitor.ref, _VISITORS_FIELDS, refused, allowance)
    upload, fields = await receive_file(db, call, wanted)
    try:
        visitor, message = await db.act(post_visitors_file, token, upload, fields, settings)
    except BaseException:
        await drop_arriving(db, upload)
        raise
    answer: dict[str, Any] = msgspec.json.decode(visitor.own(message))
    return answer


def _token(sent: bytes) -> str:
    """Clients choose their tokens, and some write them as UTF-8 where HTTP knows no letters."""
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")


async def rooms_media(db: Database, call: Call) -> dict[str, Any]:
    """Takes a file for a room, to be sent by `rooms.mediaConfirm` within 24 hours."""
    upload, _ = await _receive(db, call)
    try:
        await db.act(keep_for_confirmation, upload)
    except BaseException:
        await drop_arriving(db, upload)
        raise
    return {"file": {"_id": upload["_id"], "url": link_to(upload["_id"], upload["name"])}}


async def rooms_media_confirm(db: Database, call: Call) -> dict[str, Any]:
    """Sends a file that `rooms.media` has taken, with a message."""
    where = (call.path["rid"], call.path["fileId"])
    return {"message": await db.act(confirm_file, call.caller, *where, call.body)}


async def rooms_upload(db: Database, call: Call) -> dict[str, Any]:
    """Sends a file and its message at once, as older clients do."""
    upload, fields = await _receive(db, call)
    try:
        wanted = _message_of(fields)
        message = await db.act(post_persons_file, call.caller, upload, wanted)
    except BaseException:
        await drop_arriving(db, upload)
        raise
    return {"message": message}


async def _receive(db: Database, call: Call) -> Received:
    if not call.caller.settings["FileUpload_Enabled"]:
        raise Coded("error-file-upload-disabled", "File upload is disabled")
    await db.read(room_for_file, call.caller, call.path["rid"])
    refused = Coded("error-invalid-file-type", "File type is not accepted")
    return await receive_file(db, call, Wanted(call.path["rid"], call.caller.ref, None, refused))


def _message_of(fields: dict[str, str]) -> ConfirmMedia:
    known = {name: text for name, text in fields.items() if name in _CONFIRM_FIELDS}
    try:
        return msgspec.convert(known, ConfirmMedia, strict=False)
    except msgspec.ValidationError as invalid:
        raise Refused(f"Match error: {invalid}") from None


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/upload/:rid",
        visitor_upload,
        Dialect.L,
        reads=VisitorsFile,
        answer=Message,
        streams=True,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/rooms.media/:rid",
        rooms_media,
        Dialect.T,
        LOGIN,
        reads=Media,
        answer=Uploaded,
        streams=True,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/rooms.mediaConfirm/:rid/:fileId",
        rooms_media_confirm,
        Dialect.T,
        LOGIN,
        body=ConfirmMedia,
        answer=OneMessage,
        also=(403,),
    ),
    Route(
        "POST",
        "/api/v1/rooms.upload/:rid",
        rooms_upload,
        Dialect.T,
        LOGIN,
        reads=MediaWithMessage,
        answer=OneMessage,
        streams=True,
        also=(403,),
    ),
]
