"""The opaque cursor: sort, place and total of a list that is being paged through."""

import base64
import binascii
from typing import NamedTuple

import msgspec

from parley.errors import Coded
from parley.web.paging import LARGEST

LONGEST = 500


class Cursor(NamedTuple):
    visitor_id: str
    descending: bool
    ts: str
    """With `id`, of the first room that is still to come."""
    id: str
    total: int
    """Of the first page, so that a deep page counts nothing."""


_decode = msgspec.json.Decoder(Cursor).decode
_encode = msgspec.json.Encoder().encode


def to_text(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(_encode(cursor)).rstrip(b"=").decode()


def from_text(text: str, visitor_id: str) -> Cursor:
    """Raises Coded `error-invalid-cursor` for what is not one of ours, of this visitor."""
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = _decode(raw)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise invalid() from None
    if cursor.visitor_id != visitor_id or not 0 <= cursor.total <= LARGEST:
        raise invalid()
    if to_text(cursor) != text or "\0" in cursor.ts + cursor.id:
        raise invalid()
    return cursor


def invalid() -> Coded:
    return Coded("error-invalid-cursor")
