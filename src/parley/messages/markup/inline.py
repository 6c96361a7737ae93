"""One line of text into PLAIN_TEXT and LINK nodes.

The scanner jumps from trigger to trigger; a trigger that leads nowhere is text. The rest of the
grammar joins here: one more alternative in TRIGGER and one more branch in `Scanner.step`.
"""

import re

from .autolinks import email, phone, url
from .nodes import Node, link, plain
from .references import angled, bracketed, pairs

ESCAPE = re.compile(r"\\(?:([*_~`#.])|(<t:[0-9]{10}(?::[A-Za-z])?>))")

# A word or number may start a link unless it continues something, as in `app.https://`, `5+51231`
# or `_example.com`. A mention and a code span are read whole, so that nothing in them is a link.
TRIGGER = re.compile(
    r"""
      (?P<escape> \\ )
    | (?P<square> \[ )
    | (?P<angle> < )
    | (?P<code> `[^`]++`)
    | (?<![\w.@\#$%&+=/\\^-]) (?:
        (?P<mention> @[\w.-]++(?:[@:][\w.-]++)? )
      | (?P<number> \+ )
      | (?P<word> [^\W_] )
      )
    """,
    re.VERBOSE,
)


def inline(line: str, custom: frozenset[str] = frozenset()) -> list[Node]:
    return Scanner(line, custom).scan()


def label(text: str) -> list[Node]:
    """What a marked link shows; no link inside a link."""
    return [plain(ESCAPE.sub(unescape, text))]


def unescape(found: re.Match[str]) -> str:
    return found[1] or found[2]


class Scanner:
    def __init__(self, line: str, custom: frozenset[str]) -> None:
        self.line = line
        self.custom = custom
        self.paired = pairs(line) if "](" in line else {}
        self.nodes: list[Node] = []
        self.text: list[str] = []

    def scan(self) -> list[Node]:
        at = 0
        while found := TRIGGER.search(self.line, at):
            self.text.append(self.line[at : found.start()])
            at = self.step(found)
        self.text.append(self.line[at:])
        self.flush()
        return self.nodes

    def step(self, found: re.Match[str]) -> int:
        """Read what starts at the trigger; answer where to go on."""
        at = found.start()
        match found.lastgroup:
            case "escape":
                return self.escaped(at)
            case "square":
                return self.square(at)
            case "angle":
                return self.angle(at)
            case "number" | "word":
                return self.auto(at)
        return self.keep(at, found.end())

    def escaped(self, at: int) -> int:
        found = ESCAPE.match(self.line, at)
        if not found:
            return self.keep(at, at + 1)
        self.text.append(unescape(found))
        return found.end()

    def square(self, at: int) -> int:
        found = bracketed(self.line, at, self.paired)
        if not found:
            return self.keep(at, at + 1)
        if at and self.line[at - 1] == "!":  # an image, which a link must not stand in for
            return self.keep(at, found.end)
        return self.add(found.end, found.src, found.label)

    def angle(self, at: int) -> int:
        found = angled(self.line, at)
        if not found:
            return self.keep(at, at + 1)
        if not found.label:  # never closed: all text, the URL too
            return self.keep(at, found.end)
        return self.add(found.end, found.src, found.label)

    def auto(self, at: int) -> int:
        line = self.line
        found = email(line, at) or phone(line, at) or url(line, at, self.custom)
        if not found:
            return self.keep(at, at + 1)
        self.flush()
        self.nodes.append(link(found.src, [plain(line[at : found.end])]))
        return found.end

    def add(self, end: int, src: str, shown: str) -> int:
        self.flush()
        self.nodes.append(link(src, label(shown or src)))
        return end

    def keep(self, at: int, end: int) -> int:
        self.text.append(self.line[at:end])
        return end

    def flush(self) -> None:
        """Text gathers until a node needs its place, as neighbours must be one node."""
        if text := "".join(self.text):
            self.nodes.append(plain(text))
        self.text = []
