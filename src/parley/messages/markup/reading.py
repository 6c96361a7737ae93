"""One message while it is read: its text, the options, and what is known of its places.

The grammar tries one thing after another at a place, and comes back to the same place for every
marker before it that was never closed. What was found is kept, so each place is read at most once
in each surrounding, and the work is linear in the length.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from .nodes import Node
from .options import Options

# What a place lies in. A marker inside its own kind is text, so these add up and never nest deeper.
BOLD, ITALIC, STRIKE, REFERENCE, SPOILER = 1, 2, 4, 8, 16

# What people write takes one look at a character, or two; a mix of unclosed markers, made to
# keep us busy, up to thirty.
PATIENCE, LEAST_PATIENCE = 4, 64


class Span(NamedTuple):
    """Markup that was recognized; its nodes are made when it is sure that they are needed."""

    make: "Callable[[list[Part]], list[Part]]"
    content: "Content"
    start: int
    end: int


Part: TypeAlias = str | Node
"""A `str` is text."""

Piece: TypeAlias = Part | Span

Item: TypeAlias = tuple[int, Piece]
"""Where a piece ends, and the piece."""


class Content:
    """What may stand between two markers of one kind, in one surrounding."""

    def __init__(self, reading: "Reading", inside: int, read: "Read") -> None:
        self.reading = reading
        self.inside = inside
        self.marked: dict[int, Item | None] = {}
        """By place, what is more than text; kept by whoever looks for it, as emoticons do."""
        self._read = read
        self._items: dict[int, Item | None] = {}
        self._ends: dict[int, int] = {}

    def end(self, at: int) -> int:
        """Where the content that starts here stops, for nothing more fits in."""
        passed = []
        while (end := self._ends.get(at)) is None:
            passed.append(at)
            item = self._item(at)
            if item is None:
                end = at
                break
            at = item[0]
        for place in passed:
            self._ends[place] = end
        return end

    def pieces(self, start: int, end: int) -> list[Piece]:
        found = []
        while start < end:
            item = self._item(start)
            if item is None:
                break
            found.append(item[1])
            start = item[0]
        return found

    def _item(self, at: int) -> Item | None:
        if at not in self._items:
            self.reading.patience -= 1
            self._items[at] = self._read(self, at) if at < len(self.reading.text) else None
        return self._items[at]


Read: TypeAlias = Callable[[Content, int], Item | None]


def as_text(pattern: re.Pattern[str], text: str, at: int) -> Item | None:
    found = pattern.match(text, at)
    return (found.end(), found[0]) if found else None


class Reading:
    def __init__(self, text: str, options: Options, reads: Mapping[int, Read]) -> None:
        self.text = text
        self.options = options
        self.patience = LEAST_PATIENCE + PATIENCE * len(text)
        """Looks left between markers; without any, what could open something is text."""
        self.has_at = "@" in text
        self.has_host = "." in text or "://" in text
        self.has_sign = self.has_at or "#" in text
        self.has_low_line = "_" in text
        # What is known of places, each kept by the one function that asks for it.
        self.marked: dict[int, Item | None] = {}
        self.spoilers: dict[int, Item | None] | None = None
        self.unspaced: set[int] = set()
        self.unhidden: set[int] = set()
        self.unclosed: dict[tuple[str, str], int] = {}
        self.last_destination: int | None = None
        self.stops: list[int] | None = None
        self.bodies: dict[int, int] = {}
        self._reads = reads
        self._contents: dict[tuple[int, int], Content] = {}

    def content(self, kind: int, inside: int) -> Content:
        """Of a marker of that kind, which itself lies inside those others."""
        key = kind, inside | kind
        if key not in self._contents:
            self._contents[key] = Content(self, inside | kind, self._reads[kind])
        return self._contents[key]
