"""Users and channels that are named in a message."""

import re

from .nodes import holding, plain
from .reading import Item

# Letters and digits of all languages, but not such as `²` and `½`, nor what is beyond 16 bits.
ODD = (
    r"\xb2\xb3\xb9\xbc-\xbe\u2070-\u2099\u2150-\u218b\u2460-\u24ff\u2776-\u2793"
    r"\U00010000-\U0010ffff"
)
LETTER = rf"[^\W_{ODD}]"
NAME = rf"(?:{LETTER}|[_.-])++"
USER = re.compile(rf"@++({NAME}(?:[:@]{NAME})?+)")
CHANNEL = re.compile(rf"#({NAME})")

TEXT = r"[ -'+-Za-z\x80-\U0010ffff]"

# Right after a character of text that is no emoji, a sign does not begin a name; `(@name)` has one.
BEFORE = r"[ -'+-Za-z\x80-\uffff]"
USER_AFTER_TEXT = re.compile(rf"{BEFORE}@++{LETTER}")
CHANNEL_AFTER_TEXT = re.compile(rf"{BEFORE}#{LETTER}")


def user(text: str, at: int) -> Item | None:
    found = USER.match(text, at)
    if not found or found[1].endswith("__"):
        return None
    return found.end(), holding("MENTION_USER", plain(found[1]))


def user_or_text(text: str, at: int) -> Item | None:
    if text.startswith("@", at + 1) and (found := USER_AFTER_TEXT.match(text, at)):
        return found.end(), found[0]
    return user(text, at) if text[at] == "@" else None


def channel_or_text(text: str, at: int) -> Item | None:
    if text.startswith("#", at + 1) and (found := CHANNEL_AFTER_TEXT.match(text, at)):
        return found.end(), found[0]
    if text[at] == "#" and (found := CHANNEL.match(text, at)):
        return found.end(), holding("MENTION_CHANNEL", plain(found[1]))
    return None
