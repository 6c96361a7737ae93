"""EJSON, the text of Meteor's method calls: a date is `{"$date": <ms>}` (realtime.md §1)."""

from typing import Any

import msgspec

from parley.clock import parse
from parley.db.documents import Doc
from parley.web.body import refuse_unstorable

_DATES = ("ts", "_updatedAt", "editedAt", "tlm")

_decode = msgspec.json.Decoder().decode


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON, and what any body is refused for."""
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    refuse_unstorable(value)
    return value


def message_with_dates(message: Doc) -> Doc:
    """The message as a method's result has it: its own dates and those of its attachments."""
    out = message | {key: _date(message[key]) for key in _DATES if key in message}
    if "attachments" in message:
        out["attachments"] = [_dated(one) for one in message["attachments"]]
    return out


def _dated(attachment: Doc) -> Doc:
    at = attachment.get("ts")
    return attachment | {"ts": _date(at)} if isinstance(at, str) else attachment


def _date(text: str) -> Any:
    try:
        return {"$date": round(parse(text).timestamp() * 1000)}
    except (ValueError, OverflowError):  # an attachment's, which may be anything
        return text
