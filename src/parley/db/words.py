"""What a text is searched by: its words without case and marks, the same on both engines.

A word is a run of letters, digits and the marks that belong to them. Scripts that put no blanks
between their words, and symbols such as emoji, are words character by character: a run of them is
then found as a phrase, from anywhere within.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from parley.db.documents import fold

LONGEST_WORD = 255
"""Characters; what a longer one has beyond is not searched."""
MOST_SEARCHED = 50_000
"""Characters of a text that are searched: PostgreSQL takes a megabyte of terms in a row."""

_ASCII = re.compile("[a-z0-9]+")
_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
"""Of one of several looks of the character before."""
_JOINS, _ALONE, _SEPARATES, _NOTHING = "joins", "alone", "separates", "nothing"


class Span(NamedTuple):
    word: str
    start: int
    """Where it stands in the text; `end` is behind it."""
    end: int


def words_of(text: str) -> list[str]:
    text = text[:MOST_SEARCHED]
    if text.isascii():
        return [word[:LONGEST_WORD] for word in _ASCII.findall(text.lower())]
    return [span.word for span in spans(text)]


def searched(text: str) -> str:
    """The words as they are stored, with a blank before, between and after them."""
    return f" {' '.join(words_of(text))} "


def spans(text: str) -> list[Span]:
    """The words, and where each stands."""
    return [
        Span(word[:LONGEST_WORD], start, end) for word, start, end in _runs(text[:MOST_SEARCHED])
    ]


def _runs(text: str) -> Iterator[tuple[str, int, int]]:
    word, start, end = "", 0, 0
    for at, character in enumerate(text):
        parts = _parts(character)
        if word and not parts:
            end = at + 1
        for part, kind in parts:
            if word and kind != _JOINS:
                yield word, start, end
                word = ""
            if kind == _ALONE:
                yield part, at, at + 1
            elif kind == _JOINS:
                start = start if word else at
                word, end = word + part, at + 1
    if word:
        yield word, start, end


@lru_cache(maxsize=4096)
def _parts(character: str) -> tuple[tuple[str, str], ...]:
    """What is left of it when folded, each with what it does."""
    found = ((part, _kind(part)) for part in fold(character))
    return tuple(each for each in found if each[1] != _NOTHING)


def _kind(part: str) -> str:
    if part.isascii():
        return _JOINS if part.isalnum() else _SEPARATES
    sort = category(part)
    if sort in ("So", "Sc") or (sort[0] in "LMN" and _WITHOUT_BLANKS.match(part)):
        return _ALONE
    if part in _SELECTORS or (sort == "Cf" and part != "\u200b"):
        return _NOTHING
    return _JOINS if part.isalnum() or sort[0] == "M" else _SEPARATES
