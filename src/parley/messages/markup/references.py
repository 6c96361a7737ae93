"""Links that the writer marked: `[text](url)` and `<url|label>`."""

import re
from typing import NamedTuple

from .autolinks import HOST, UNSAFE_SCHEMES, email, phone
from .hosts import is_address, mail_host

ANGLE_URL = re.compile(r"<([^\s<>|]++)\|")
ANGLE_LABEL = re.compile(r"([^<>]++)>")

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+)://(?=[^\s)])")
AS_WRITTEN = re.compile(r"(?:mailto|tel|sms):(?=[^\s)])|[A-Za-z]:[/\\]", re.IGNORECASE)
PLACE = re.compile(rf"(?://)?({HOST})(?=[:/?#]|$)")


class Reference(NamedTuple):
    end: int
    src: str
    label: str


def pairs(line: str) -> dict[int, int]:
    """Opening bracket -> its closing one; for parentheses only if no blank lies between.

    Found in one pass over the line: a search from every `[` would cost the square of its length.
    """
    found: dict[int, int] = {}
    square: list[int] = []
    round_: list[int] = []
    blank = -1
    for at, char in enumerate(line):
        if char == "[":
            square.append(at)
        elif char == "(":
            round_.append(at)
        elif char == "]" and square:
            found[square.pop()] = at
        elif char == ")" and round_:
            if (start := round_.pop()) > blank:
                found[start] = at
        elif char.isspace():
            blank = at
    return found


def bracketed(line: str, at: int, paired: dict[int, int]) -> Reference | None:
    close = paired.get(at)
    if close is None or line[close + 1 : close + 2] != "(" or close + 1 not in paired:
        return None
    end = paired[close + 1]
    src = destination(line, close + 2, end)
    return Reference(end + 1, src, line[at + 1 : close]) if src else None


def angled(line: str, at: int) -> Reference | None:
    """The label is "" where no `>` follows on the line; what was read is then no link at all."""
    found = ANGLE_URL.match(line, at)
    src = found and destination(line, at + 1, found.end(1))
    if not found or not src:
        return None
    label = ANGLE_LABEL.match(line, found.end())
    return Reference(label.end(), src, label[1]) if label else Reference(found.end(), src, "")


def destination(line: str, start: int, end: int) -> str | None:
    """The src of a marked link. No list of endings here, as the writer said that it is one.

    Only the first characters decide: the rest may be long, and may hold further candidates.
    """
    found = email(line, start) or phone(line, start)
    if found and found.end == end:
        return found.src
    return line[start:end] if points_somewhere(line, start, end) else None


def points_somewhere(line: str, start: int, end: int) -> bool:
    """A relative path is text: it would lead into whichever site shows the message."""
    if scheme := SCHEME.match(line, start, end):
        return scheme[1].lower() not in UNSAFE_SCHEMES
    if AS_WRITTEN.match(line, start, end):
        return True
    place = PLACE.match(line, start, end)
    return place is not None and is_place(place[1])


def is_place(host: str) -> bool:
    return host.lower() == "localhost" or is_address(host) or mail_host(host)
