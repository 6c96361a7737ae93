"""How long a message may be; characters are counted."""

from collections.abc import Mapping
from typing import Any

from parley.errors import Coded, Refused


def check_visitor_length(msg: str, settings: Mapping[str, Any]) -> None:
    limit = settings["Livechat_message_character_limit"] or settings["Message_MaxAllowedSize"]
    if settings["Livechat_enable_message_character_limit"] and len(msg) > limit:
        raise Refused("message-length-exceeds-character-limit")
    check_length(msg, settings)


def most_of_visitor(settings: Mapping[str, Any]) -> int:
    """Characters that pass `check_visitor_length`."""
    most = int(settings["Message_MaxAllowedSize"])
    if settings["Livechat_enable_message_character_limit"]:
        return min(most, settings["Livechat_message_character_limit"] or most)
    return most


def check_length(msg: str, settings: Mapping[str, Any]) -> None:
    if len(msg) > settings["Message_MaxAllowedSize"]:
        code = "error-message-size-exceeded"
        raise Coded(code, "Message size exceeds Message_MaxAllowedSize")
