"""Running text, from any place to the end of its line, and the spoilers in it.

Nearly all of what people write is words. `WORDS` takes as many of them as it can at one stroke;
only what could be more is tried, in the order of the grammar.
"""

import re
from functools import partial

from .autolinks import DOMAIN, email, phone, url
from .code import code_span
from .colors import color
from .emoji import EMOTICON_ENDS, emoji, emoticon
from .emphasis import emphasis, holder, spaced
from .katex import formula
from .mentions import channel_or_text, user
from .reading import SPOILER, Content, Item, Piece, Reading, Span, as_text
from .references import angled, bracketed, image
from .timestamps import escaped_timestamp, timestamp
from .words import WORDS

BLANKS = re.compile(r"[ \t]++")
RUN = re.compile(r"[^*_~`:\n<\[\]! \t()\\|]++")
ESCAPED = re.compile(r"\\([*_~`#.])")
LOW_LINE_HOST = re.compile(rf"_{DOMAIN}(?!_)")
HYPHEN = re.compile(r"-(?=_-.)", re.DOTALL)
BARS = re.compile(r"\|(?=\|)")


def inline(reading: Reading, at: int, stop: str = "\n") -> tuple[list[Piece], int]:
    """The pieces from here to the end of the line, or to a `stop` that opens nothing."""
    text = reading.text
    words = WORDS[reading.has_at]
    pieces: list[Piece] = []
    while at < len(text):
        if found := words.match(text, at):
            pieces.append(found[0])
            at = found.end()
        elif item := marked(reading, at):
            at = item[0]
            pieces.append(item[1])
        elif text[at] in ("\n", stop):
            break
        else:
            pieces.append(text[at])
            at += 1
    return pieces, at


def marked(reading: Reading, at: int) -> Item | None:
    """Anything but a character that stands for itself alone."""
    known = reading.marked
    if at not in known:
        known[at] = special(reading, at) or ordinary(reading, at)
    return known[at]


def special(reading: Reading, at: int) -> Item | None:
    """What its first character tells."""
    text = reading.text
    match text[at]:
        case " " | "\t":
            return as_text(BLANKS, text, at)
        case "\\":
            return escaped_timestamp(text, at) or formula(reading, at) or escaped(text, at)
        case "[":
            return bracketed(reading, at, 0)
        case "<":
            return timestamp(text, at) or angled(reading, at, 0)
        case "!":
            return image(reading, at)
        case "|":
            return spoiler(reading, at)
        case "@":
            return user(text, at)
        case "`":
            return code_span(text, at)
        case "+":
            return phone(text, at)
        case "$":
            return formula(reading, at)
        case ":":
            return emoji(text, at) or smiley(reading, at)
        case "*" | "~":
            return spaced(reading, at) or emphasis(reading, at, 0) or smiley(reading, at)
        case "-":
            return as_text(HYPHEN, text, at) or smiley(reading, at)
    return None


def ordinary(reading: Reading, at: int) -> Item | None:
    """What may begin with any character; first of all the links."""
    text = reading.text
    return (
        (email(text, at) if reading.has_at else None)
        or (as_text(LOW_LINE_HOST, text, at) if text[at] == "_" else None)
        or (url(reading, at) if reading.has_host else None)
        or (spaced(reading, at) if text[at] == "_" else None)
        or emphasis(reading, at, 0)
        or channel_or_text(text, at)
        or emoji(text, at)
        or smiley(reading, at)
        or (color(text, at) if reading.options.colors else None)
        or as_text(RUN, text, at)
    )


def smiley(reading: Reading, at: int) -> Item | None:
    return emoticon(reading, at, reading.marked, partial(marked, reading), EMOTICON_ENDS)


def escaped(text: str, at: int) -> Item | None:
    found = ESCAPED.match(text, at)
    return (found.end(), found[1]) if found else None


def spoiler(reading: Reading, at: int) -> Item | None:
    """Read from the last one back, as each may ask whether another follows inside of it."""
    if reading.spoilers is None:
        reading.spoilers = {}
        for bars in reversed([found.start() for found in BARS.finditer(reading.text)]):
            reading.spoilers[bars] = read_spoiler(reading, bars)
    return reading.spoilers.get(at)


def read_spoiler(reading: Reading, at: int) -> Item | None:
    content = reading.content(SPOILER, 0)
    end = content.end(at + 2)
    if end == at + 2 or not reading.text.startswith("||", end):
        return None
    return end + 2, Span(partial(holder, "SPOILER"), content, at + 2, end)


def in_spoiler(content: Content, at: int) -> Item | None:
    text = content.reading.text
    if text.startswith("||", at):
        return None
    item = marked(content.reading, at)
    return item or (None if text[at] == "\n" else (at + 1, text[at]))
