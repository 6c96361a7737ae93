"""What of a message was found: an excerpt in plain text, cut into what matched and what did not."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from parley.db.documents import Doc
from parley.db.fulltext import Unit
from parley.db.words import Span, spans

BEFORE, LONGEST = 40, 200
"""Characters of an excerpt: before the first match, and in all."""


def snippet(message: Doc, units: tuple[Unit, ...], parts: bool) -> Doc:
    """`parts`: whether the units were looked for as parts of words."""
    text = str(message.get("msg") or "")
    matches = _merged(sorted(_matches(spans(text), units, parts)))
    start = max(0, matches[0][0] - BEFORE) if matches else 0
    if start > 0 and (blank := text.find(" ", start, matches[0][0])) > 0:
        start = blank + 1
    end = min(len(text), start + LONGEST)
    cut = [*_cut(text, matches, start, end)]
    if start > 0:
        cut.insert(0, {"text": "…", "match": False})
    if end < len(text):
        cut.append({"text": "…", "match": False})
    return {"_id": message["_id"], "ts": message["ts"], "parts": cut}


def _matches(words: list[Span], units: tuple[Unit, ...], parts: bool) -> Iterator[tuple[int, int]]:
    """(start, end) in the text of each match, whole words each."""
    stored = f" {' '.join(span.word for span in words)} "
    starts = list(accumulate((len(span.word) + 1 for span in words), initial=1))
    for unit in units:
        sought = unit.part if parts else unit.stored
        at = stored.find(sought)
        while at >= 0:
            first = at + (sought[0] == " ")
            last = at + len(sought) - 1 - (sought[-1] == " ")
            yield words[_word(starts, first)].start, words[_word(starts, last)].end
            at = stored.find(sought, at + 1)


def _word(starts: list[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def _merged(matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in matches:
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def _cut(text: str, matches: list[tuple[int, int]], start: int, end: int) -> Iterator[Doc]:
    at = start
    for first, last in matches:
        if first >= end:
            break
        if at < first:
            yield {"text": text[at:first], "match": False}
        yield {"text": text[first : min(last, end)], "match": True}
        at = min(last, end)
    if at < end:
        yield {"text": text[at:end], "match": False}
