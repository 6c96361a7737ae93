"""Bold, italic and strike: where each begins and ends."""

import re
from functools import partial

from .joining import as_nodes, joined
from .nodes import holding
from .reading import BOLD, ITALIC, STRIKE, Content, Item, Part, Reading, Span, as_text

# `* *` and the like are text, and so is a word up to its low line, as in `snake_case`.
SPACED = re.compile(r"\*++[ \t]++\*++|_++[ \t]++_++|~++[ \t]++~++")
UNDERSCORED = re.compile(r"[a-zA-Z0-9]++__?")

MARKS = {"*": (BOLD, "BOLD"), "~": (STRIKE, "STRIKE")}

# A word after the closing marker makes all of it text; a number does so after two only.
ITALIC_MARKS = ("__", re.compile(r"[a-zA-Z0-9]++")), ("_", re.compile(r"[a-zA-Z]++"))


def spaced(reading: Reading, at: int) -> Item | None:
    text = reading.text
    # Of a row of markers only the first is tried: they all end at the same place.
    in_row = at - 1 in reading.unspaced and text[at - 1] == text[at]
    found = None if in_row else as_text(SPACED, text, at)
    if not found:
        reading.unspaced.add(at)
    return found


def emphasis(reading: Reading, at: int, inside: int) -> Item | None:
    mark = reading.text[at]
    if mark == "_":
        return None if inside & ITALIC or reading.patience < 0 else italic(reading, at, inside)
    if mark not in MARKS:
        return None if inside & ITALIC else word(reading, at)
    kind, name = MARKS[mark]
    if inside & kind or reading.patience < 0:
        return None
    content = reading.content(kind, inside)
    for marks in (mark * 2, mark):
        if found := closed(content, at, marks):
            return found[1] + len(marks), Span(partial(holder, name), content, *found)
    return None


def word(reading: Reading, at: int) -> Item | None:
    return as_text(UNDERSCORED, reading.text, at) if reading.has_low_line else None


def italic(reading: Reading, at: int, inside: int) -> Item | None:
    content = reading.content(ITALIC, inside)
    pairs = [(marks, after, closed(content, at, marks)) for marks, after in ITALIC_MARKS]
    for marks, after, pair in pairs:
        if pair and (written := after.match(reading.text, pair[1] + len(marks))):
            return written.end(), Span(partial(as_written, marks, written[0]), content, *pair)
    for marks, _, pair in pairs:
        if pair:
            return pair[1] + len(marks), Span(partial(holder, "ITALIC"), content, *pair)
    return None


def closed(content: Content, at: int, marks: str) -> tuple[int, int] | None:
    """Where the content between the markers begins and ends; there is none in an empty pair."""
    text = content.reading.text
    if not text.startswith(marks, at):
        return None
    start = at + len(marks)
    end = content.end(start)
    return (start, end) if end > start and text.startswith(marks, end) else None


def holder(name: str, parts: list[Part]) -> list[Part]:
    return [holding(name, as_nodes(parts))]


def as_written(marks: str, word: str, parts: list[Part]) -> list[Part]:
    return joined([marks, *parts, marks, word])
