"""Which letters a PDF's fonts have, and what stands for those that they lack."""

import re
import unicodedata
from collections.abc import Collection

BOX = "\u25a1"
"""Stands for a letter that no font has."""
MOST_NAMED = 20
"""Signs of one text that are named, such as `[grinning face]`; the rest are boxes."""

_JOINERS = range(0x1F3FB, 0x1F400), range(0xFE00, 0xFE10), range(0xE0000, 0xE0200)
"""Skin tones, variants and tags: they change the sign before them."""
_FLAGS = range(0x1F1E6, 0x1F200)

# Written from right to left, or of letters that change by what stands beside them.
_SHAPED = re.compile(
    "[\u0300-\u036f\u0590-\u08ff\u0900-\u109f\u1780-\u17ff\u1a00-\u1cff\u200c\u200d"
    "\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00011fff\U0001e800-\U0001efff]"
)


def needs_shaping(text: str) -> bool:
    return _SHAPED.search(text) is not None


def from_right(text: str) -> bool:
    """Whether its first letter is of a script that is written from right to left."""
    sides = (unicodedata.bidirectional(char) for char in text)
    return next((side for side in sides if side in ("L", "R", "AL")), "L") != "L"


def lacking(text: str, letters: Collection[int]) -> set[str]:
    return {char for char in set(text) if ord(char) not in letters and char not in "\n "}


def printable(text: str, letters: Collection[int]) -> tuple[str, int]:
    """(the text in letters that there are, how many letters have become boxes)."""
    missing = lacking(text, letters)
    if not missing:
        return text, 0
    out: list[str] = []
    named = boxes = 0
    for char in text:
        if char not in missing:
            out.append(char)
            continue
        # As two letters some are there: an accent on its own, a wide or a small form.
        plain = unicodedata.normalize("NFKC", char)
        stand = _stands_for(char) if named < MOST_NAMED else None
        if plain != char and not lacking(plain, letters):
            out.append(plain)
        elif _silent(char):
            continue
        elif stand:
            named += 1
            out.append(stand)
        else:
            boxes += 1
            out.append(BOX if ord(BOX) in letters else "?")
    return "".join(out), boxes


def _silent(char: str) -> bool:
    marks = any(ord(char) in each for each in _JOINERS)
    return marks or unicodedata.category(char) in ("Cf", "Zs", "Mn", "Me")


def _stands_for(char: str) -> str | None:
    """A sign's name; the letter of a flag's half."""
    if ord(char) in _FLAGS:
        return chr(ord(char) - _FLAGS.start + ord("A"))
    if unicodedata.category(char) not in ("So", "Sk", "Sm", "Sc"):
        return None
    name = unicodedata.name(char, "")
    return f"[{name.lower()}]" if name else None
