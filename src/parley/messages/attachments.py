"""What a person may hang on a message: attachments and custom fields, checked and bounded.

They stand in the message and, while it is the newest, in its room: so they are kept small.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from parley.db.documents import Doc, decode, encode
from parley.errors import Coded, Refused
from parley.web.schema import Check, Invalid, compile_schema

MOST = 20
MOST_BYTES = 100_000
"""Of all attachments of a message together, as JSON."""
MOST_BYTES_OF_FIELDS = 10_000

# Nothing that a browser would run: no javascript:, no data:, and nobody else's host by `//`.
_LINK = re.compile(r"https?://\S+|/(?!/)\S*", re.IGNORECASE)
_LINKS = (
    *("author_link", "author_icon", "title_link", "message_link"),
    *("image_url", "audio_url", "video_url", "thumb_url"),
)
_TEXTS = ("author_name", "title", "text", "pretext", "color", "description", "type", "fallback")
_FLAGS = ("collapsed", "title_link_download")


def check_attachments(attachments: list[Doc]) -> None:
    """Raises Coded `invalid-params`."""
    if len(attachments) > MOST:
        raise _invalid(f"attachments must NOT have more than {MOST} items")
    if len(encode(attachments)) > MOST_BYTES:
        raise _invalid(f"attachments must NOT have more than {MOST_BYTES} bytes")
    for number, attachment in enumerate(attachments):
        _check(attachment, f"attachments.{number}")


def _check(attachment: Doc, where: str) -> None:
    for key in (*_TEXTS, *_LINKS):
        value = attachment.get(key)
        if value is not None and not isinstance(value, str):
            raise _invalid(f"{where}.{key} must be string")
        if value and key in _LINKS and not _LINK.fullmatch(value):
            raise _invalid(f"{where}.{key} must be a link")
    for key in _FLAGS:
        if not isinstance(attachment.get(key, False), bool):
            raise _invalid(f"{where}.{key} must be boolean")
    for key in ("fields", "attachments"):
        value = attachment.get(key)
        if value is not None and not _objects(value):
            raise _invalid(f"{where}.{key} must be array")
    for field in attachment.get("fields") or []:
        if not isinstance(field.get("title"), str) or "value" not in field:
            raise _invalid(f"{where}.fields must have required property 'title' and 'value'")
    for number, inner in enumerate(attachment.get("attachments") or []):
        _check(inner, f"{where}.attachments.{number}")


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def check_fields(fields: Doc, settings: Mapping[str, Any]) -> None:
    """Against the setting Message_CustomFields, a JSON schema. Raises Refused or Coded."""
    if not settings["Message_CustomFields_Enabled"]:
        raise Refused("Custom fields not enabled")
    text = encode(fields)
    if len(text) > MOST_BYTES_OF_FIELDS:
        raise _invalid(f"customFields must NOT have more than {MOST_BYTES_OF_FIELDS} bytes")
    schema = str(settings["Message_CustomFields"] or "").strip()
    if not schema:
        return
    # The check changes what it can make fit; here nothing is bent.
    copy = decode(text)
    try:
        checked = _compiled(schema)(copy)
    except Invalid as invalid:
        raise Refused(f"Invalid custom fields: {invalid}") from None
    if encode(checked) != text:
        raise Refused("Invalid custom fields")


@lru_cache(maxsize=4)
def _compiled(schema: str) -> Check:
    try:
        return compile_schema(decode(schema))
    except (ValueError, TypeError, AttributeError, msgspec.DecodeError):
        # Whoever wrote the setting sees what happens; nothing unchecked enters meanwhile.
        raise Refused(
            "Invalid custom fields: the setting is no JSON schema that is known"
        ) from None


def _invalid(text: str) -> Coded:
    return Coded("invalid-params", text)
