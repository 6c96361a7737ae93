"""What may stand inside emphasis and inside the label of a link. URLs may not."""

import re
from functools import partial

from .code import code_span
from .emoji import EMOTICON_ENDS, emoji, emoticon, read_emoticon
from .emoticons import FIRST
from .emphasis import emphasis
from .mentions import channel_or_text, user_or_text
from .reading import BOLD, ITALIC, REFERENCE, STRIKE, Content, Item, Read, as_text
from .references import angled, bracketed
from .timestamps import escaped_timestamp, timestamp

BLANKS = re.compile(r"[ \t]++")
BOLD_TEXT = re.compile(r"[^\n* _~]++|[^\n* ]")
ITALIC_TEXT = re.compile(r"[^\n_ *~]++|[^\n_ ]")
STRIKE_TEXT = re.compile(
    "[^\n~ *_:`@#\\[\\]\\\\<!|\u2300-\u27bf\U0001f000-\U0001f3ff\U0001f400-\U0001f7ff"
    "\U0001f800-\U0001fbff]++"
)
STRIKE_CHARACTER = re.compile(r"[^\n~ ]")
ITALIC_EMOTICON_ENDS = re.compile(r"[\r\n \t*_]|\Z")

# A label goes on to the next `](`, but not into the label of a link that stands after a blank.
LABEL_TEXT = re.compile(r"[^\]()*_~ \t\r\n]++|(?!\]\([\s\S])(?!\] \[[^\]]*+\]\()[\s\S]")


def in_bold(content: Content, at: int) -> Item | None:
    item = markup(content, at) or smiley(content, at, EMOTICON_ENDS)
    return item or as_text(BOLD_TEXT, content.reading.text, at)


def in_italic(content: Content, at: int) -> Item | None:
    item = markup(content, at) or smiley(content, at, ITALIC_EMOTICON_ENDS)
    return item or as_text(ITALIC_TEXT, content.reading.text, at)


def in_strike(content: Content, at: int) -> Item | None:
    text = content.reading.text
    return (
        as_text(STRIKE_TEXT, text, at)
        or escaped_timestamp(text, at)
        or markup(content, at)
        or read_emoticon(content.reading, at)
        or as_text(STRIKE_CHARACTER, text, at)
    )


def in_label(content: Content, at: int) -> Item | None:
    text = content.reading.text
    return (
        as_text(BLANKS, text, at)
        or emphasis(content.reading, at, content.inside)
        or as_text(LABEL_TEXT, text, at)
    )


def markup(content: Content, at: int) -> Item | None:
    reading, text, inside = content.reading, content.reading.text, content.inside
    char = text[at]
    if char in "*_~":
        return emphasis(reading, at, inside)
    if char in " \t":
        return as_text(BLANKS, text, at)
    if char == "`":
        return code_span(text, at)
    if char == "[":
        return bracketed(reading, at, inside)
    found = (timestamp(text, at) or angled(reading, at, inside)) if char == "<" else None
    if not found and reading.has_sign:
        found = user_or_text(text, at) or channel_or_text(text, at)
    return found or emphasis(reading, at, inside) or emoji(text, at)


def smiley(content: Content, at: int, ends: re.Pattern[str]) -> Item | None:
    reading = content.reading
    if reading.text[at] not in FIRST:
        return None
    return emoticon(reading, at, content.marked, partial(marked, content, ends), ends)


def marked(content: Content, ends: re.Pattern[str], at: int) -> Item | None:
    known = content.marked
    if at not in known:
        known[at] = markup(content, at) or smiley(content, at, ends)
    return known[at]


READS: dict[int, Read] = {
    BOLD: in_bold,
    ITALIC: in_italic,
    STRIKE: in_strike,
    REFERENCE: in_label,
}
