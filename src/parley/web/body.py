"""Reads and parses what a client sent, and refuses text that no database can keep."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from parley.web.errors import InvalidParams, TooLarge
from parley.web.query import parse_form

BODY_LIMIT = 1024 * 1024
DEPTH_LIMIT = 100
"""How deep JSON may nest: as in MongoDB. SQLite and PostgreSQL read no more than some hundreds."""
_decode = msgspec.json.Decoder().decode


class ClientGone(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


async def read_body(headers: Mapping[bytes, bytes], receive: Any) -> bytes:
    """Raises TooLarge as soon as the length is known to pass the limit, and ClientGone."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_LIMIT:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def stream_body(receive: Any) -> AsyncIterator[bytes]:
    """The body as it arrives, of any length. Raises ClientGone."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def parse_body(raw: bytes, content_type: bytes) -> Any:
    """JSON or a form; anything else, and nothing, is `{}` (contract/core.md §1.4).

    Raises InvalidParams for malformed JSON, where Rocket.Chat would go on with `{}`.
    """
    kind = content_type.lower()
    if not raw:
        return {}
    if b"application/json" in kind:
        try:
            return _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise InvalidParams("must be valid JSON") from None
    if b"application/x-www-form-urlencoded" in kind:
        return parse_form(raw)
    return {}


def refuse_unstorable(value: Any, depth: int = DEPTH_LIMIT) -> None:
    """Raises InvalidParams when a string holds NUL or a lone surrogate, or all is nested too deep.

    SQLite cuts a text at NUL, PostgreSQL refuses it; a lone surrogate is not UTF-8.
    """
    if isinstance(value, str):
        if "\0" in value or not _encodable(value):
            raise InvalidParams("must not contain NUL or lone surrogate characters")
    elif isinstance(value, dict | list):
        if not depth:
            raise InvalidParams(f"must NOT be nested deeper than {DEPTH_LIMIT} levels")
        if isinstance(value, dict):
            for key in value:
                refuse_unstorable(key)
            value = value.values()
        for member in value:
            refuse_unstorable(member, depth - 1)


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
