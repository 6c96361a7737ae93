"""What is shown of a picture that has arrived: upright, small, and as a blur while it loads.

Pixels are worked on beside the event loop and outside every transaction; what comes of it is stored
as a file that arrives, so that a crash leaves nothing.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from parley.db import Database
from parley.db.documents import Doc
from parley.ids import random_id
from parley.messages.uploads.erase import drop_arriving
from parley.messages.uploads.pictures import (
    ALSO,
    FORMATS,
    MOST_BYTES,
    MOST_PIXELS,
    MOST_SHOWN,
    Encoded,
    Unreadable,
    Wishes,
    look,
)
from parley.messages.uploads.pieces import put_bytes, read_bytes

LARGEST_SIDE = 2000
"""Of a thumbnail, whatever the settings say."""

_slots: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


async def prepare(db: Database, upload: Doc, settings: Mapping[str, Any]) -> None:
    """Gives the upload `preview` and, where wanted, `thumbnail`; turned, it is another file.

    What is no picture, and one too large to be unpacked, stays as it is. Raises Unreadable.
    """
    if ALSO.get(upload["type"], upload["type"]) not in FORMATS:
        return
    pixels = upload.get("width", 0) * upload.get("height", 0)
    if not 0 < pixels <= MOST_SHOWN:
        raise Unreadable
    if pixels > MOST_PIXELS or upload["size"] > MOST_BYTES:
        return
    # Held while the bytes are in memory, so that many pictures at once take what one does.
    async with _slots.setdefault(db, asyncio.Semaphore(1)):
        pieces = read_bytes(db, upload["_id"], 0, upload["size"])
        data = b"".join([piece async for piece in pieces])
        looked = await asyncio.to_thread(look, data, upload["type"], _wishes(settings))
    upload["preview"] = looked.preview
    if looked.thumbnail is not None:
        upload["thumbnail"] = _thumbnail(upload, looked.thumbnail)
        await put_bytes(db, upload["thumbnail"], looked.thumbnail.data)
    if looked.turned is not None:
        await _replace(db, upload, looked.turned)


def _wishes(settings: Mapping[str, Any]) -> Wishes:
    width, height = (
        min(max(1, settings[f"Message_Attachments_Thumbnails_{side}"]), LARGEST_SIDE)
        for side in ("Width", "Height")
    )
    strip = settings["Message_Attachments_Strip_Exif"]
    wanted = settings["Message_Attachments_Thumbnails_Enabled"]
    turn = strip or settings["FileUpload_RotateImages"]
    return Wishes((width, height) if wanted else None, turn, strip)


def _thumbnail(upload: Doc, small: Encoded) -> Doc:
    kept = {key: upload[key] for key in ("rid", "state", "u", "uploadedAt")}
    return kept | {
        "_id": random_id(),
        "name": f"thumb-{upload['name']}",
        "type": small.type,
        "size": len(small.data),
        "width": small.width,
        "height": small.height,
    }


async def _replace(db: Database, upload: Doc, turned: Encoded) -> None:
    """Its bytes are those from now on. Nobody knows its id yet, so it gets another one."""
    before = {"_id": upload["_id"]}
    upload |= {"_id": random_id(), "width": turned.width, "height": turned.height}
    upload["size"] = len(turned.data)
    try:
        await put_bytes(db, {key: upload[key] for key in upload if key != "size"}, turned.data)
    finally:
        await drop_arriving(db, before)
