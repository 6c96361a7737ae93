"""Links and images that the writer marked: `[text](url)`, `<url|label>`, `![alt](url)`."""

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from . import nodes
from .autolinks import PHONE, PLACE, SCHEME, UNSAFE, number_of
from .joining import as_nodes
from .mentions import TEXT
from .nodes import plain
from .reading import REFERENCE, Item, Part, Reading, Span

HEAD = re.compile(PLACE)
SCHEME_ALONE = re.compile(SCHEME)

# Printable, no blank, and none of `()\|`; what is in parentheses may hold a `(`.
BODY = re.compile(r"[^\x00- ()\\|\x7f]*+")
STOP = re.compile(r"[\x00- )\\|\x7f]")
LABEL = re.compile(r"\|([^\x00-\x1f<>|]++)>")
IMAGE = re.compile(rf"!\[(?>([ \t]*+{TEXT}++[ \t]*+)?)\]\(")


def bracketed(reading: Reading, at: int, inside: int) -> Item | None:
    if inside & REFERENCE or reading.patience < 0 or at > last_destination(reading):
        return None
    label = reading.content(REFERENCE, inside)
    close = label.end(at + 1)
    if not reading.text.startswith("](", close):
        return None
    found = destination(reading, close + 2)
    if not found:
        return None
    end, src = found
    if close == at + 1:
        return end, nodes.link(src, [plain(src)])
    return end, Span(partial(linked, src), label, at + 1, close)


def last_destination(reading: Reading) -> int:
    """The last `](` that a link can end with, as only before it labels are worth reading; or -1."""
    if reading.last_destination is None:
        close = reading.text.rfind("](")
        while close >= 0 and not destination(reading, close + 2):
            close = reading.text.rfind("](", 0, close + 1)
        reading.last_destination = close
    return reading.last_destination


def linked(src: str, label: list[Part]) -> list[Part]:
    return [nodes.link(src, as_nodes(label))]


def angled(reading: Reading, at: int, inside: int) -> Item | None:
    found = None if inside & REFERENCE else address(reading, at + 1, stop)
    label = found and LABEL.match(reading.text, found[0])
    if not found or not label:
        return None
    return label.end(), nodes.link(found[1], [plain(label[1])])


def image(reading: Reading, at: int) -> Item | None:
    alt = IMAGE.match(reading.text, at)
    found = alt and destination(reading, alt.end())
    if not alt or not found:
        return None
    return found[0], nodes.image(found[1], alt[1] or found[1])


def destination(reading: Reading, at: int) -> tuple[int, str] | None:
    """Up to and with the `)`."""
    found = address(reading, at, body_end)
    return (found[0] + 1, found[1]) if found and reading.text.startswith(")", found[0]) else None


def address(
    reading: Reading, at: int, rest: Callable[[Reading, int], int]
) -> tuple[int, str] | None:
    """Where it ends, and the URL, path or number; any host will do, for the writer marked it."""
    text = reading.text
    found = HEAD.match(text, at) or SCHEME_ALONE.match(text, at)
    if found:
        end = rest(reading, found.end())
        if end > found.end() or found.re is HEAD:
            return None if UNSAFE.match(text, at) else (end, text[at:end])
    number = PHONE.match(text, at)
    return (number.end(), f"tel:{number_of(number)}") if number else None


def body_end(reading: Reading, at: int) -> int:
    """Where a destination ends that may hold parentheses, each closed again before a blank."""
    text, known = reading.text, reading.bodies
    passed = []
    while True:
        body = BODY.match(text, at)
        at = body.end() if body else at
        if at in known:
            at = known[at]
            break
        passed.append(at)
        if not text.startswith("(", at):
            break
        close = stop(reading, at)
        if not text.startswith(")", close):
            break
        at = close + 1
    for place in passed:
        known[place] = at
    return at


def stop(reading: Reading, at: int) -> int:
    if reading.stops is None:
        reading.stops = [found.start() for found in STOP.finditer(reading.text)]
    place = bisect_left(reading.stops, at)
    return reading.stops[place] if place < len(reading.stops) else len(reading.text)
