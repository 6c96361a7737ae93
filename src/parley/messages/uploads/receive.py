"""A form with a file, taken in as it arrives: a piece at a time goes into the database.

In memory is one piece of it, however big the file, unless it is a picture small enough to be looked
at; what is refused or cut off leaves nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from parley.clock import now
from parley.db import Database
from parley.db.documents import Doc
from parley.errors import Coded, Reasoned, Refused
from parley.ids import random_id
from parley.messages.uploads.dimensions import dimensions
from parley.messages.uploads.erase import drop_arriving
from parley.messages.uploads.media_type import BYTES, HEAD, accepted, type_of
from parley.messages.uploads.names import clean_name
from parley.messages.uploads.pictures import Unreadable
from parley.messages.uploads.pieces import Allowance, put_piece
from parley.messages.uploads.showing import prepare
from parley.messages.uploads.store import ARRIVING, CHUNK
from parley.messages.uploads.stripping import Stripping, stripping
from parley.web.body import refuse_unstorable
from parley.web.multipart import Malformed, Multipart, Part, boundary_of
from parley.web.route import Call

FIELD = "file"
TEXT_LIMIT = 64 * 1024
"""Bytes of all text fields together."""
OVERHEAD = 1024 * 1024
"""What a request may hold beside the file: fields, heads, boundaries."""


class Wanted(NamedTuple):
    """`fields`: names of the text fields there may be; None lets any be. `allowance`: of who sends,
    None for no limit."""

    room_id: str
    author: Doc
    fields: Collection[str] | None
    refuse_type: Exception
    """Raised for a type that the settings do not accept."""
    allowance: Allowance | None = None


class Received(NamedTuple):
    upload: Doc
    """Stored as `arriving`: who takes it makes it `whole`."""
    fields: dict[str, str]


async def receive_file(db: Database, call: Call, wanted: Wanted) -> Received:
    """Raises Coded, Reasoned or Refused (contract/core.md §5.5), and ClientGone."""
    arriving = _Arriving(db, wanted, call.caller.settings)
    form = Multipart(_boundary(call))
    most = arriving.most + OVERHEAD if arriving.most >= 0 else None
    length = call.header("content-length")
    if most is not None and length.isdigit() and int(length[:18]) > most:
        raise too_large()
    seen = 0
    try:
        async for data in call.stream:
            seen += len(data)
            if most is not None and seen > most:
                raise too_large()
            for found in form.feed(data):
                await (arriving.begin(found) if isinstance(found, Part) else arriving.add(found))
            if form.ended:
                break
        form.finish()
        return await arriving.finish()
    except Malformed:
        await arriving.drop()
        raise Coded("error-invalid-multipart", "The form cannot be read") from None
    except BaseException:
        await arriving.drop()
        raise


def too_large() -> Coded:
    return Coded("error-file-too-large", "File size exceeds the allowed limit")


def _boundary(call: Call) -> bytes:
    boundary = boundary_of(call.header("content-type"))
    if boundary is None:
        raise _no_file()
    return boundary


def _no_file() -> Coded:
    return Coded("error-no-file", "No file uploaded")


class _Arriving:
    def __init__(self, db: Database, wanted: Wanted, settings: Mapping[str, Any]) -> None:
        self._db = db
        self._wanted = wanted
        self._settings = settings
        self.most: int = settings["FileUpload_MaxFileSize"]
        """Bytes; negative for no limit."""
        self._fields: dict[str, bytearray] = {}
        self._text = 0
        self._part = Part("", None, "")
        self._name = self._declared = ""
        """Of the file, as they were sent."""
        self._head = bytearray()
        """What came before it was enough to tell the type."""
        self._pending = bytearray()
        self._stripping: Stripping | None = None
        self._sent = self._chunks = self._size = 0
        """Bytes that came; pieces, and bytes of them, that are kept."""
        self._upload: Doc = {}

    async def begin(self, part: Part) -> None:
        self._part = part
        if part.filename is None:
            self._begin_field(part.name)
        elif part.name != FIELD or self._name:
            raise Coded("invalid-field")
        elif not part.filename:  # what a browser sends for a field that was left empty
            raise _no_file()
        else:
            self._name, self._declared = part.filename, part.content_type

    def _begin_field(self, name: str) -> None:
        known = self._wanted.fields
        if known is not None and name not in known:
            refuse_unstorable(name)
            raise Refused(f"Match error: Unknown key in field {name[:64]}")
        self._fields[name] = bytearray()

    async def add(self, data: bytes) -> None:
        if self._part.filename is None:
            self._text += len(data)
            if self._text > TEXT_LIMIT:
                raise Malformed("the fields are too long")
            self._fields[self._part.name] += data
            return
        self._sent += len(data)
        if 0 <= self.most < self._sent:
            raise too_large()
        if self._upload:
            await self._keep(data)
            return
        self._head += data
        if len(self._head) >= HEAD:
            await self._begin_file()

    async def _begin_file(self) -> None:
        """Raises `refuse_type`."""
        head = bytes(self._head)
        self._upload = self._described(head)
        if self._settings["Message_Attachments_Strip_Exif"]:
            self._stripping = stripping(self._upload["type"])
        await self._keep(head)

    async def _keep(self, data: bytes) -> None:
        self._pending += data if self._stripping is None else self._stripping.feed(data)
        while len(self._pending) >= CHUNK:
            piece = bytes(self._pending[:CHUNK])
            del self._pending[:CHUNK]
            await self._store(piece)

    async def _store(self, piece: bytes) -> None:
        if not self._chunks and (found := dimensions(piece, self._upload["type"])) is not None:
            self._upload["width"], self._upload["height"] = found
        await self._db.act(put_piece, self._upload, self._chunks, piece, self._wanted.allowance)
        self._chunks += 1
        self._size += len(piece)

    def _described(self, head: bytes) -> Doc:
        media_type = type_of(head, self._declared)
        if not accepted(media_type, self._settings):
            raise self._wanted.refuse_type
        return {
            "_id": random_id(),
            "rid": self._wanted.room_id,
            "name": clean_name(self._name),
            "type": media_type,
            "state": ARRIVING,
            "u": self._wanted.author,
            "uploadedAt": now(),
        }

    async def finish(self) -> Received:
        if not self._name:
            raise _no_file()
        if not self._sent:
            raise Reasoned("error-no-file-uploaded")
        if not self._upload:
            await self._begin_file()
        if self._stripping is not None:
            self._pending += self._stripping.finish()
        if self._pending:
            await self._store(bytes(self._pending))
            self._pending.clear()
        self._upload["size"] = self._size
        await self._look()
        return Received(self._upload, self._texts())

    async def _look(self) -> None:
        """What says it is a picture and cannot be read is bytes, if those are accepted."""
        try:
            if self._stripping is not None and self._stripping.broken:
                raise Unreadable
            await prepare(self._db, self._upload, self._settings)
        except Unreadable:
            if not accepted(BYTES, self._settings):
                raise self._wanted.refuse_type from None
            self._upload["type"] = BYTES
            for key in ("width", "height"):
                self._upload.pop(key, None)

    def _texts(self) -> dict[str, str]:
        try:
            texts = {name: bytes(value).decode() for name, value in self._fields.items()}
        except UnicodeDecodeError:
            raise Malformed("a field is not UTF-8") from None
        refuse_unstorable(texts)
        return texts

    async def drop(self) -> None:
        if self._upload:
            await drop_arriving(self._db, self._upload)
