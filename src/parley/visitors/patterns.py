"""Regular expressions that an office gives its custom fields, and strangers' texts are held to.

They are JavaScript's. One that some text could keep busy for long is refused when it is saved:
`ways` bounds in how many ways it can be tried, which bounds its work on any text.
"""

import re
from functools import lru_cache

from parley.web.javascript import python_pattern

LONGEST_PATTERN = 255
LONGEST_TEXT = 255
"""Of what is held to a pattern."""
MOST_WAYS = 8 * LONGEST_TEXT**3
QUICK_WAYS = 64 * LONGEST_TEXT**2
"""Of what is looked for in every message."""
MOST_READ = 1024
OVERLAP = 128
"""Characters; no address that is looked for need be longer."""

_QUANTIFIER = re.compile(r"([*+?]|\{(\d*),(\d*)\}|\{(\d+)\})\??")
_TOKEN = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])+\]|\(\?(?:[:=!])|[()|]|[^\\\[]", re.DOTALL)


def usable(pattern: str) -> bool:
    """Whether it is a regular expression, of the kind we know, that no text makes slow."""
    try:
        return (
            len(pattern) <= LONGEST_PATTERN and _ways(pattern) <= MOST_WAYS and bool(_of(pattern))
        )
    except (ValueError, re.error, RecursionError, OverflowError):
        return False


def matches(pattern: str, text: str) -> bool:
    return len(text) <= LONGEST_TEXT and _of(pattern).search(text) is not None


def found_in(pattern: str, text: str, *, trusted: bool = False) -> bool:
    """Whether it is anywhere in what a visitor wrote, in capitals or not.

    A long text is read in pieces that overlap, and of it the beginning only. False for a pattern
    that could be slow, unless it is `trusted`.
    """
    if not (trusted or _quick(pattern)):
        return False
    search = _of(pattern, re.IGNORECASE).search
    starts = range(0, min(len(text), MOST_READ), LONGEST_TEXT - OVERLAP)
    return any(search(text[start : start + LONGEST_TEXT]) for start in starts)


@lru_cache(maxsize=256)
def _quick(pattern: str) -> bool:
    return usable(pattern) and _ways(pattern) <= QUICK_WAYS


@lru_cache(maxsize=256)
def _of(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(python_pattern(pattern), re.ASCII | flags)


def _ways(pattern: str) -> int:
    ways, end = _alternatives(pattern, 0)
    if end != len(pattern):
        raise ValueError("a bracket too many")
    return ways if pattern.startswith("^") else ways * LONGEST_TEXT


def _alternatives(pattern: str, at: int) -> tuple[int, int]:
    """(ways to match what starts here, where it ends: at its closing bracket or the end)."""
    total, ways = 0, 1
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            total, ways, at = total + ways, 1, at + 1
            continue
        inner, at = _piece(pattern, at)
        inner, at = _repeated(pattern, at, inner)
        ways *= inner
        if ways > MOST_WAYS:
            raise ValueError("too many ways")
    return total + ways, at


def _piece(pattern: str, at: int) -> tuple[int, int]:
    token = _TOKEN.match(pattern, at)
    if token is None:
        raise ValueError("not understood")
    if not token[0].startswith("("):
        return 1, token.end()
    inner, at = _alternatives(pattern, token.end())
    if at >= len(pattern):
        raise ValueError("a bracket is missing")
    return inner, at + 1


def _repeated(pattern: str, at: int, ways: int) -> tuple[int, int]:
    """The ways of a piece with the quantifier that follows it, if any."""
    found = _QUANTIFIER.match(pattern, at)
    if found is None:
        return ways, at
    least, most = _bounds(found)
    if ways == 1:
        return most - least + 1, found.end()
    if most > 32:
        raise ValueError("repeats what can be read in several ways")
    return sum(ways**n for n in range(least, most + 1)), found.end()


def _bounds(found: "re.Match[str]") -> tuple[int, int]:
    sign, low, high, exact = found[1], found[2], found[3], found[4]
    if sign in "*+?":
        return (1 if sign == "+" else 0), (1 if sign == "?" else LONGEST_TEXT)
    if exact is not None:
        return int(exact), int(exact)
    least = int(low or 0)
    most = int(high) if high else max(least, LONGEST_TEXT)
    return least, max(least, most)
