"""EJSON, the text of Meteor's method calls: a date is `{"$date": <ms>}` (realtime.md §1)."""

import re
from typing import Any

import msgspec

from parley.clock import parse
from parley.db.documents import Doc
from parley.web.body import refuse_unstorable

_DATES = ("ts", "_updatedAt", "editedAt", "tlm")

_decode = msgspec.json.Decoder().decode

# In JSON text a bare quote cannot be part of anybody's message: this is a key and its value.
_DATED = re.compile(
    '"(ts|lm|ls|lr|queuedAt|takenAt|_updatedAt|editedAt|closedAt|_?createdAt|lastLogin|lastMessageTs'
    "|firstResponseTs|uploadedAt|statusExpiresAt|_deletedAt|departmentTransferedAt|lockedAt"
    r'|estimatedInactivityCloseTimeAt)":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"'
)


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON, and what any body is refused for."""
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    refuse_unstorable(value)
    return value


def with_dates(text: str) -> str:
    """A stored document's JSON text with its dates as EJSON has them."""
    return _DATED.sub(_as_date, text)


def _as_date(found: re.Match[str]) -> str:
    at = date(found[2])
    # A month 13, in what somebody attached, stays text.
    return found[0] if at == found[2] else f'"{found[1]}":{{"$date":{at["$date"]}}}'


def message_with_dates(message: Doc) -> Doc:
    """The message as a method's result has it: its own dates and those of its attachments."""
    out = message | {key: date(message[key]) for key in _DATES if key in message}
    if "attachments" in message:
        out["attachments"] = [_dated(one) for one in message["attachments"]]
    return out


def _dated(attachment: Doc) -> Doc:
    at = attachment.get("ts")
    return attachment | {"ts": date(at)} if isinstance(at, str) else attachment


def date(text: str) -> Any:
    """As EJSON has it; what is no date stays."""
    try:
        return {"$date": round(parse(text).timestamp() * 1000)}
    except (ValueError, OverflowError):  # an attachment's, which may be anything
        return text
