"""Users and channels that are named in a message."""

import re

from .nodes import holding, plain
from .reading import Item, as_text

# Letters and digits of all languages, but not such as `²` and `½`, nor what is beyond 16 bits.
ODD = (
    r"\xb2\xb3\xb9\xbc-\xbe\u2070-\u2099\u2150-\u218b\u2460-\u24ff\u2776-\u2793"
    r"\U00010000-\U0010ffff"
)
LETTER = rf"[^\W_{ODD}]"
NAME = rf"(?>(?:{LETTER}|[_.-])+)"
USER = re.compile(rf"@++({NAME}(?>(?:[:@]{NAME})?))")
CHANNEL = re.compile(rf"#({NAME})")

# Printable, but none of `()*[\]^_{|}~` and the backtick; a range of all that is would be slow to
# compile.
TEXT = r"[^\x00-\x1f()*\[-`{-\x7f]"

# After a character of text a sign does not begin a name; after `(` or a blank it does.
USER_AFTER_TEXT = re.compile(rf"{TEXT}@++{LETTER}")
CHANNEL_AFTER_TEXT = re.compile(rf"{TEXT}#{LETTER}")
LAST_OF_16_BITS = "\uffff"


def user(text: str, at: int) -> Item | None:
    found = USER.match(text, at)
    if not found or found[1].endswith("__"):
        return None
    return found.end(), holding("MENTION_USER", plain(found[1]))


def user_or_text(text: str, at: int) -> Item | None:
    if text.startswith("@", at + 1) and (item := after_text(USER_AFTER_TEXT, text, at)):
        return item
    return user(text, at) if text[at] == "@" else None


def channel_or_text(text: str, at: int) -> Item | None:
    if text.startswith("#", at + 1) and (item := after_text(CHANNEL_AFTER_TEXT, text, at)):
        return item
    if text[at] == "#" and (found := CHANNEL.match(text, at)):
        return found.end(), holding("MENTION_CHANNEL", plain(found[1]))
    return None


def after_text(pattern: re.Pattern[str], text: str, at: int) -> Item | None:
    """Emoji and what else is beyond 16 bits is no text here, and does have names after it."""
    return as_text(pattern, text, at) if text[at] <= LAST_OF_16_BITS else None
