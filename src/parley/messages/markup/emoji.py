"""Emoji: by short code, as the characters themselves, and as emoticons."""

import re
from collections.abc import Callable

from . import nodes
from .emoticons import CODES, EMOTICON, FIRST
from .nodes import Node
from .reading import Item, Reading

SHORT_CODE = re.compile(r":([0-9a-zA-Z\-_+.]++):")

PICTURE = "[\U0001f300-\U0001f5ff][\ufe00-\ufe0f]?+"
SKIN = "[\U0001f3fb-\U0001f3ff]?+"
JOINER = "\u200d"
UNICODE = re.compile(
    "[\U0001f600-\U0001f64f\U0001f680-\U0001f6fa]"
    f"|[\U0001f900-\U0001f9ff](?>(?:{PICTURE}(?>(?:{JOINER}{PICTURE})*))?)"
    f"|(?>(?:{PICTURE}{SKIN}{JOINER})*){PICTURE}{SKIN}"
    "|[\u2300-\u23ff\u2600-\u27bf][\ufe00-\ufe0f]?+"
    "|[\U0001f100-\U0001f1ff]{2}"
)
FIRST_UNICODE = "\u2300"

EMOTICON_ENDS = re.compile(r"[\r\n \t*]|\Z")
SPACES = re.compile(r"[\r\n \t]*+")
MOST_BIG = 3


def emoji(text: str, at: int) -> Item | None:
    if text[at] == ":":
        found = SHORT_CODE.match(text, at)
        return (found.end(), nodes.emoji(found[1], found[1])) if found else None
    if text[at] >= FIRST_UNICODE and (found := UNICODE.match(text, at)):
        return found.end(), nodes.unicode_emoji(found[0])
    return None


def emoticon(
    reading: Reading,
    at: int,
    known: dict[int, Item | None],
    look: Callable[[int], Item | None],
    ends: re.Pattern[str] = EMOTICON_ENDS,
) -> Item | None:
    """One that is followed by a blank, a marker or what `look`, which fills `known`, finds."""
    found = read_emoticon(reading, at)
    if found is None:
        return None
    if not ends.match(reading.text, found[0]):
        # A row of them is looked at from its end, as each would else wait for the one after it.
        row = [found[0]]
        while row[-1] not in known and (after := read_emoticon(reading, row[-1])):
            if ends.match(reading.text, after[0]):
                break
            row.append(after[0])
        for place in reversed(row):
            look(place)
        if look(found[0]) is None:
            return None
    return found


def read_emoticon(reading: Reading, at: int) -> tuple[int, Node] | None:
    if reading.text[at] not in FIRST or not reading.options.emoticons:
        return None
    found = EMOTICON.match(reading.text, at)
    return (found.end(), nodes.emoji(found[0], CODES[found[0]])) if found else None


def big_emoji(reading: Reading) -> Node | None:
    """The whole message, when it is one to three emoji and nothing else."""
    shown: list[Node] = []
    text = reading.text
    at = after_spaces(text, 0)
    while at < len(text):
        found = emoji(text, at) or read_emoticon(reading, at)
        if not found or len(shown) == MOST_BIG:
            return None
        at = after_spaces(text, found[0])
        shown.append(found[1])  # type: ignore[arg-type]
    return nodes.holding("BIG_EMOJI", shown) if shown else None


def after_spaces(text: str, at: int) -> int:
    found = SPACES.match(text, at)
    return found.end() if found else at
