"""A conversation as a visitor reads it in a mail: plain text, times in UTC."""

from collections.abc import Iterable, Mapping
from typing import Any

from parley.db.documents import Doc

NEVER_SHOWN = (
    "livechat_navigation_history",
    "livechat_transcript_history",
    "command",
    "livechat-close",
    "livechat-started",
    "omnichannel_priority_change_history",
    "omnichannel_sla_change_history",
    "rm",
)
"""Kinds of system messages that are in no transcript."""

AGENT = "Agent"
_SYSTEM = {
    "uj": "{} joined the conversation.",
    "ul": "{} left the conversation.",
    "livechat_transfer_history": "{} handed the conversation on.",
    "omnichannel_placed_chat_on_hold": "{} placed the conversation on hold.",
    "omnichannel_on_hold_chat_resumed": "{} resumed the conversation.",
}


def written(
    room: Doc, messages: Iterable[Doc], settings: Mapping[str, Any], *, cut: bool = False
) -> str:
    """`messages` in order of time; `cut`: the oldest are left out."""
    shown = bool(settings["Livechat_show_agent_info"])
    parts = [f"{settings['Site_Name']}: your conversation of {_time(room['ts'])} UTC"]
    if cut:
        parts.append("It was long: its beginning is left out.")
    parts += [_entry(message, named=shown) for message in messages]
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(message: Doc, *, named: bool) -> str:
    who = _author(message, named=named)
    if kind := message.get("t"):
        if kind not in _SYSTEM:
            return ""
        return f"[{_time(message['ts'])}] {_SYSTEM[kind].format(who)}"
    lines = [message["msg"], *map(_attached, message.get("attachments") or ())]
    return "\n".join([f"[{_time(message['ts'])}] {who}:", *filter(None, lines)])


def _author(message: Doc, *, named: bool) -> str:
    if "token" not in message and not named:
        return AGENT
    author = message["u"]
    return str(message.get("alias") or author.get("name") or author["username"])


def _attached(attachment: Doc) -> str:
    title = attachment.get("title") or attachment.get("text")
    return f"({title})" if isinstance(title, str) and title else ""


def _time(ts: str) -> str:
    """To the minute."""
    return ts[:16].replace("T", " ")
