"""Frames as they stand on the wire (realtime.md §2-4): JSON text, encoded once, whoever gets it."""

import struct
from typing import Any

import msgspec

from parley.db.documents import encode

_TEXT = 0x81
_CLOSE = 0x88
_encode = msgspec.json.Encoder().encode

GREETING = b'{"server_id":"0"}'
FAILED = b'{"msg":"failed","version":"1"}'


def frame(msg: str, **more: Any) -> bytes:
    return _encode({"msg": msg, **more})


def changed(collection: str, event: str, args: str) -> bytes:
    """An event of a stream; `args` is the JSON text of a list. The id is literally `id`."""
    # Put together as text: a stored document goes out as it is, without being read.
    return (
        f'{{"msg":"changed","collection":"{collection}","id":"id",'
        f'"fields":{{"eventName":{encode(event)},"args":{args}}}}}'
    ).encode()


def added(collection: str, event: str) -> bytes:
    """The one document of a stream's collection, for clients that keep collections."""
    return frame("added", collection=collection, id="id", fields={"eventName": event})


def presence(user_id: str, args: str) -> bytes:
    """A person's status: the one stream whose id is not `id`."""
    key = encode(user_id)
    return (
        f'{{"msg":"changed","collection":"stream-user-presence","id":{key},'
        f'"fields":{{"uid":{key},"eventName":{key},"args":{args}}}}}'
    ).encode()


def framed(payload: bytes) -> bytes:
    """A WebSocket text frame from server to client: whole, unmasked, not compressed."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _TEXT, 126, size) + payload
    return struct.pack("!BBQ", _TEXT, 127, size) + payload


def close_frame(code: int, reason: str) -> bytes:
    said = struct.pack("!H", code) + reason.encode()
    return bytes((_CLOSE, len(said))) + said
