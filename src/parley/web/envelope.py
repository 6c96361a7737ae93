"""The envelope of an answer: `success` at its end, errors rendered, lists passed through."""

from typing import Any, NamedTuple

import msgspec

from parley.web.errors import render

_encode = msgspec.json.Encoder().encode


class Listing(NamedTuple):
    """The answer of a list: documents under their key, then `count`, `offset`, `total`.

    The documents go out as they are stored: joined by commas, never parsed, copied once.
    """

    key: str
    docs: str | bytes
    counts: dict[str, Any]


def success(payload: Any) -> bytes:
    """The object with `"success": true` appended last; a list stays bare."""
    if type(payload) is Listing:
        docs = payload.docs.encode() if isinstance(payload.docs, str) else payload.docs
        counts = _encode(payload.counts)[1:-1]
        return b'{"%b":[%b],%b,"success":true}' % (payload.key.encode(), docs, counts)
    return _encode({**payload, "success": True} if isinstance(payload, dict) else payload)


def failure(error: Exception) -> tuple[int, bytes]:
    """Status and body of anything that was raised."""
    status, body = render(error)
    return status, _encode(body)
